using System.Net;
using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one stream endpoint with a socket of our own.</summary>
internal sealed class StreamListener : ListenerActor
{
    private readonly ServerContext _context;
    private readonly IActorRef _server;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private UnixSocketFile? _file;
    private Acceptor? _acceptor;

    public StreamListener(Endpoint endpoint, ServerContext context, IActorRef server)
        : base(endpoint)
    {
        (_context, _server) = (context, server);
        Receive<EndPoint>(Open);
        Receive<Status.Failure>(failure => ReportFailure(failure.Cause));
        Receive<Acceptor.Lost>(lost =>
        {
            _log.Error("[{0}] {1} cannot accept any more: {2}", _context.Name, Endpoint, lost.Cause.Message);
            Context.Stop(Self);
        });
        Receive<StopAccepting>(_ => Close());
        Receive<Unbind>(_ => Context.Stop(Self));
    }

    protected override void PreStart()
    {
        if (Endpoint.Scheme == "unix")
        {
            Self.Tell(new UnixAddress(Endpoint.Path));
        }
        else
        {
            Endpoint.ResolveAsync().PipeTo(Self);
        }
    }

    protected override void PostStop() => Close();

    private void Open(EndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        TlsHandshakes? handshakes;
        try
        {
            handshakes = Endpoint.Scheme == "tls" ? new TlsHandshakes(TlsOptions.Create(_context), _context.Options.TlsHandshakeTimeout) : null;
            Bind(socket, address);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            _file?.Dispose();
            ReportFailure(exception);
            return;
        }

        var bound = socket.LocalEndPoint is IPEndPoint ip ? Endpoint.BoundTo(ip) : Endpoint;
        _acceptor = new Acceptor(socket, bound, _context, handshakes, _server, Self);
        _acceptor.Start();
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

        socket.Listen(_context.Options.Backlog);
    }

    private void Close()
    {
        // The file first: who does not find it need not be refused.
        _file?.Dispose();
        _acceptor?.Stop();
    }
}
