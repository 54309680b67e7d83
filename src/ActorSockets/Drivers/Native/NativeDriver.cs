using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Drivers.Native;

/// <summary>Sockets of our own.</summary>
internal sealed class NativeDriver : Driver
{
    public override string Name => "native";

    public override bool Serves(Endpoint endpoint) => true;

    public override bool HasOwnLoop => OperatingSystem.IsLinux();

    public override bool AcceptsItself => true;

    public override bool SharesPort(Endpoint endpoint) => endpoint.Host.Length > 0 && OperatingSystem.IsLinux();

    public override Props CreateListener(ActorSystem system, Endpoint endpoint, ServerContext context, IActorRef server, DatagramRouter? router) =>
        router is not null
            ? Props.Create(() => new DatagramListener(endpoint, context, router))
            : Props.Create(() => new StreamListener(endpoint, context, server));
}
