using System.Net;
using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one stream endpoint.</summary>
internal sealed class StreamListener : SocketListener
{
    private readonly IActorRef _server;
    private readonly List<Acceptor> _acceptors = [];
    private Entrance? _entrance;

    public StreamListener(Endpoint endpoint, ServerContext context, IActorRef server)
        : base(endpoint, context, SocketType.Stream)
    {
        _server = server;
        Receive<StopAccepting>(_ => Close());
        Receive<Unbind>(_ => Context.Stop(Self));
    }

    protected override void PostStop() => Close();

    protected override void Prepare(Socket socket, EndPoint address)
    {
        if (socket.ProtocolType == ProtocolType.Tcp && !Endpoint.IsInherited)
        {
            // Where its connections have them from.
            TcpSocketOptions.Apply(socket, Server.Options);
        }
    }

    protected override void Begin(Socket socket, Endpoint bound)
    {
        // Without TLS from the beginning a connection may go on by it later.
        Server.Tls.Open();
        var handshakes = Endpoint.IsTls ? new TlsHandshakes(Server.Tls, Server.Options.TlsHandshakeTimeout) : null;

        // An inherited socket is not ours to change.
        var entrance = new Entrance(bound, Server, setsOptions: Endpoint.IsInherited || !TcpSocketOptions.AreInherited, handshakes, _server);
        _entrance = entrance;
        Socket[] sockets = [socket, .. BindOthers(socket)];
        try
        {
            _acceptors.AddRange(sockets.Select(each => new Acceptor(each, Endpoint.IsInherited, bound, Server, entrance, Self)));
        }
        catch
        {
            Array.ForEach(sockets, each => each.Dispose());
            throw;
        }

        if (!Endpoint.IsInherited)
        {
            // Who has handed one over listens there already, with the queue of his choice.
            Array.ForEach(sockets, each => each.Listen(Server.Options.Backlog));
        }

        _acceptors.ForEach(acceptor => acceptor.Start());
    }

    private void Close()
    {
        // The file first: who does not find it need not be refused.
        GiveUpPlace();
        _acceptors.ForEach(acceptor => acceptor.Dispose());
        _entrance?.Dispose();
    }
}
