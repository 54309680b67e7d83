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
    private IDisposable? _place;

    protected SocketListener(Endpoint endpoint, ServerContext server, SocketType type)
        : base(endpoint)
    {
        (Server, _type) = (server, type);
        Receive<EndPoint>(address => Open(() => Bind(address, Server.Options.ReusePort)));
        Receive<InheritedDescriptors>(inherited => Open(() => TakeOver(inherited.Find(Endpoint))));
        Receive<Status.Failure>(failure => ReportFailure(failure.Cause));
        Receive<Lost>(lost =>
        {
            Server.Log.Error("[{0}] {1} is of no use any more: {2}", Server.Name, Endpoint, lost.Cause.Message);
            Context.Stop(Self);
        });
    }

    protected ServerContext Server { get; }

    protected override void PreStart()
    {
        if (Endpoint.IsInherited)
        {
            Self.Tell(InheritedDescriptors.OfProcess);
        }
        else if (Endpoint.Path.Length > 0)
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

    /// <summary>Sets what the server's options say about it, before it is bound where that is done here.</summary>
    protected virtual void Prepare(Socket socket, EndPoint address)
    {
    }

    /// <summary>Before the socket is closed: nobody finds the file of a Unix endpoint any more, and an inherited descriptor is free again.</summary>
    protected void GiveUpPlace()
    {
        _place?.Dispose();
        _place = null;
    }

    /// <summary>Binds what <c>listeners</c> asks for beside the first socket: all of them, or none.</summary>
    protected IReadOnlyList<Socket> BindOthers(Socket first)
    {
        if (Server.Options.Listeners == 1)
        {
            return [];
        }

        // Not before it was bound, so that a port which another server has is found taken.
        first.SharePort();
        List<Socket> others = [];
        try
        {
            while (others.Count + 1 < Server.Options.Listeners)
            {
                others.Add(Bind(first.LocalEndPoint!, sharesPort: true));
            }

            return others;
        }
        catch
        {
            others.ForEach(socket => socket.Dispose());
            throw;
        }
    }

    private void Open(Func<Socket> open)
    {
        Socket? socket = null;
        try
        {
            socket = open();
            var bound = Endpoint.BoundTo(socket.LocalEndPoint!);
            Begin(socket, bound);
            ReportBound(bound);
        }
        catch (Exception exception)
        {
            GiveUpPlace();
            socket?.Dispose();
            ReportFailure(exception);
        }
    }

    private Socket TakeOver(InheritedDescriptor descriptor)
    {
        var lease = descriptor.Take(_type);
        _place = lease;
        try
        {
            Prepare(lease.Socket, lease.Socket.LocalEndPoint!);
            Server.Handlers.Hooks.ConfigureListenSocket(lease.Socket);
            return lease.Socket;
        }
        catch
        {
            GiveUpPlace();
            lease.Socket.Dispose();
            throw;
        }
    }

    private Socket Bind(EndPoint address, bool sharesPort)
    {
        var protocol = address is not IPEndPoint ? ProtocolType.Unspecified : _type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp;
        var socket = new Socket(address.AddressFamily, _type, protocol);
        try
        {
            if (sharesPort)
            {
                socket.SharePort();
            }

            Bind(socket, address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Bind(Socket socket, EndPoint address)
    {
        if (address is IPEndPoint { Address: var ip } && ip.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        Prepare(socket, address);
        Server.Handlers.Hooks.ConfigureListenSocket(socket);
        if (Endpoint.Path.StartsWith('/'))
        {
            _place = UnixSocketFile.Bind(socket, Endpoint.Path, Server.Options.UnixMode, Server.Options.Backlog);
        }
        else
        {
            socket.Bind(address);
        }
    }

    /// <summary>Nothing comes by its socket any more.</summary>
    public sealed record Lost(Exception Cause) : IDeadLetterSuppression;
}
