using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>Sockets by the stock Tcp and Udp managers of Akka.IO.</summary>
internal sealed class AkkaIoDriver : Driver
{
    public override string Name => "akka-io";

    public override bool Serves(Endpoint endpoint) => endpoint.Scheme is "tcp" or "udp";

    public override bool HasOwnLoop => false;

    public override bool AcceptsItself => false;

    public override bool SharesPort(Endpoint endpoint) => false;

    public override Props CreateListener(ActorSystem system, Endpoint endpoint, ServerContext context, IActorRef server, DatagramRouter? router) =>
        router is not null
            ? Props.Create(() => new AkkaIoUdpListener(endpoint, context, router))
            : Props.Create(() => new AkkaIoTcpListener(endpoint, context, server));
}
