using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one datagram endpoint with a socket of our own.</summary>
internal sealed class DatagramListener : ListenerActor
{
    private readonly ServerContext _context;
    private readonly DatagramRouter _router;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Socket? _socket;
    private UnixSocketFile? _file;

    public DatagramListener(Endpoint endpoint, ServerContext context, DatagramRouter router)
        : base(endpoint)
    {
        (_context, _router) = (context, router);
        Receive<EndPoint>(Open);
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

    protected override void PreStart()
    {
        if (Endpoint.Path.Length > 0)
        {
            Self.Tell(new UnixAddress(Endpoint.Path));
        }
        else
        {
            Endpoint.ResolveAsync().PipeTo(Self);
        }
    }

    protected override void PostStop()
    {
        _router.Unbind();
        _file?.Dispose();
        _socket?.Dispose();
    }

    private void Open(EndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, address is IPEndPoint ? ProtocolType.Udp : ProtocolType.Unspecified);
        try
        {
            Bind(socket, address);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            ReportFailure(exception);
            return;
        }

        _socket = socket;
        var local = socket.LocalEndPoint!;
        var bound = local is IPEndPoint ip ? Endpoint.BoundTo(ip) : Endpoint;
        _router.Bind(bound, local, socket);
        new DatagramReceiver(socket, _router, _context.Options.MaxDatagramSize, Self).Start();
        ReportBound(bound);
    }

    private void Bind(Socket socket, EndPoint address)
    {
        if (address is IPEndPoint { Address: var ip } && ip.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        _context.Handlers.Hooks.ConfigureListenSocket(socket);
        if (Endpoint.Path.StartsWith('/'))
        {
            _file = UnixSocketFile.Bind(socket, Endpoint.Path, _context.Options.UnixMode);
        }
        else
        {
            socket.Bind(address);
        }
    }
}
