using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Servers;

namespace ActorSockets.Drivers.Native;

/// <summary>Listens on one datagram endpoint.</summary>
internal sealed class DatagramListener : SocketListener
{
    private readonly DatagramRouter _router;
    private DatagramReceiver? _receiver;

    public DatagramListener(Endpoint endpoint, ServerContext context, DatagramRouter router)
        : base(endpoint, context, SocketType.Dgram)
    {
        _router = router;
        Receive<StopAccepting>(_ => _router.StopAccepting());
        Receive<Unbind>(_ =>
        {
            _router.StopAccepting();
            Context.Stop(Self);
        });
    }

    protected override void PostStop()
    {
        _router.Unbind();
        GiveUpPlace();
        _receiver?.Close();
    }

    protected override void Prepare(Socket socket, EndPoint address)
    {
        if (address is IPEndPoint ip)
        {
            DatagramSocketOptions.Apply(socket, ip.Address, Server.Options);
        }
    }

    protected override void Begin(Socket socket, Endpoint bound)
    {
        _router.Bind(bound, socket.LocalEndPoint!, socket);
        _receiver = new DatagramReceiver(socket, _router, Server.Options, Self);
        _receiver.Start();
    }
}
