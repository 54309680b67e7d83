using System.Net;
using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one endpoint with a socket of our own.</summary>
internal abstract class SocketListener : ListenerActor
{
    private readonly SocketType _type;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private UnixSocketFile? _file;

    protected SocketListener(Endpoint endpoint, ServerContext server, SocketType type)
        : base(endpoint)
    {
        (Server, _type) = (server, type);
        Receive<EndPoint>(Open);
        Receive<Status.Failure>(failure => ReportFailure(failure.Cause));
        Receive<Lost>(lost =>
        {
            _log.Error("[{0}] {1} is of no use any more: {2}", Server.Name, Endpoint, lost.Cause.Message);
            Context.Stop(Self);
        });
    }

    protected ServerContext Server { get; }

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

    /// <summary>Begins to take what comes.</summary>
    /// <param name="socket">The socket, bound; it is the listener's to close from now on.</param>
    /// <param name="bound">The endpoint as it was bound.</param>
    protected abstract void Begin(Socket socket, Endpoint bound);

    /// <summary>Nobody finds the file of a Unix endpoint any more.</summary>
    protected void RemoveFile() => _file?.Dispose();

    private void Open(EndPoint address)
    {
        var protocol = address is not IPEndPoint ? ProtocolType.Unspecified : _type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp;
        var socket = new Socket(address.AddressFamily, _type, protocol);
        try
        {
            Bind(socket, address);
            var bound = socket.LocalEndPoint is IPEndPoint ip ? Endpoint.BoundTo(ip) : Endpoint;
            Begin(socket, bound);
            ReportBound(bound);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            RemoveFile();
            ReportFailure(exception);
        }
    }

    private void Bind(Socket socket, EndPoint address)
    {
        if (address is IPEndPoint { Address: var ip } && ip.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        Server.Handlers.Hooks.ConfigureListenSocket(socket);
        if (Endpoint.Path.StartsWith('/'))
        {
            _file = UnixSocketFile.Bind(socket, Endpoint.Path, Server.Options.UnixMode);
        }
        else
        {
            socket.Bind(address);
        }
    }

    /// <summary>Nothing comes by its socket any more.</summary>
    public sealed record Lost(Exception Cause) : IDeadLetterSuppression;
}
