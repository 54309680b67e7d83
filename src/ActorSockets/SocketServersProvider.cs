using Akka.Actor;

namespace ActorSockets;

/// <summary>Makes the <see cref="SocketServers"/> of an actor system; for <c>akka.extensions</c> and Akka.Hosting's <c>WithExtension</c>.</summary>
public sealed class SocketServersProvider : ExtensionIdProvider<SocketServers>
{
    /// <summary>Makes the extension, once per actor system.</summary>
    /// <param name="system">The actor system.</param>
    public override SocketServers CreateExtension(ExtendedActorSystem system) => new(system);
}
