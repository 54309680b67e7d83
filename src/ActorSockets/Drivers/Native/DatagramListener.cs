using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one UDP endpoint with a socket of our own.</summary>
internal sealed class DatagramListener : ListenerActor
{
    private readonly ServerContext _context;
    private readonly DatagramRouter _router;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Socket? _socket;

    public DatagramListener(Endpoint endpoint, ServerContext context, DatagramRouter router)
        : base(endpoint)
    {
        (_context, _router) = (context, router);
        Receive<IPEndPoint>(Open);
        Receive<Status.Failure>(failure => ReportFailure(failure.Cause));
        Receive<DatagramReceiver.Lost>(lost =>
        {
            _log.Error("[{0}] {1} cannot receive any more: {2}", _context.Name, Endpoint, lost.Cause.Message);
            Context.Stop(Self);
        });
        Receive<StopAccepting>(_ => _router.StopAccepting());
        Receive<Unbind>(_ =>
        {
            _router.StopAccepting();
            Context.Stop(Self);
        });
    }

    protected override void PreStart() => Endpoint.ResolveAsync().PipeTo(Self);

    protected override void PostStop()
    {
        _router.Unbind();
        _socket?.Dispose();
    }

    private void Open(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            _context.Handlers.Hooks.ConfigureListenSocket(socket);
            socket.Bind(address);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            ReportFailure(exception);
            return;
        }

        _socket = socket;
        var local = (IPEndPoint)socket.LocalEndPoint!;
        var bound = Endpoint.BoundTo(local);
        _router.Bind(bound, local, socket);
        new DatagramReceiver(socket, _router, Self).Start();
        ReportBound(bound);
    }
}
