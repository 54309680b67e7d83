using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one stream endpoint.</summary>
internal sealed class StreamListener : SocketListener
{
    private readonly IActorRef _server;
    private Acceptor? _acceptor;

    public StreamListener(Endpoint endpoint, ServerContext context, IActorRef server)
        : base(endpoint, context, SocketType.Stream)
    {
        _server = server;
        Receive<StopAccepting>(_ => Close());
        Receive<Unbind>(_ => Context.Stop(Self));
    }

    protected override void PostStop() => Close();

    protected override void Begin(Socket socket, Endpoint bound)
    {
        var handshakes = Endpoint.Scheme == "tls" ? new TlsHandshakes(TlsOptions.Create(Server), Server.Options.TlsHandshakeTimeout) : null;
        socket.Listen(Server.Options.Backlog);
        _acceptor = new Acceptor(socket, bound, Server, handshakes, _server, Self);
        _acceptor.Start();
    }

    private void Close()
    {
        // The file first: who does not find it need not be refused.
        RemoveFile();
        _acceptor?.Stop();
    }
}
