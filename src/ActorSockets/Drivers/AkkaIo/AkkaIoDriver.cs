using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>Sockets by the stock Tcp and Udp managers of Akka.IO.</summary>
internal sealed class AkkaIoDriver : Driver
{
    public override string Name => "akka-io";

    public override Props CreateListener(ActorSystem system, Endpoint endpoint, ServerContext context, IActorRef server, IActorRef connections) =>
        endpoint.IsDatagram
            ? Props.Create(() => new AkkaIoUdpListener(endpoint, context, connections))
            : Props.Create(() => new AkkaIoTcpListener(endpoint, context, server));
}
