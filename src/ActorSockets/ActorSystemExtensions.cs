using Akka.Actor;

namespace ActorSockets;

/// <summary>The way from an actor system to its socket servers.</summary>
public static class ActorSystemExtensions
{
    /// <summary>The socket servers of this actor system. The first call sets the extension up.</summary>
    /// <param name="system">The actor system.</param>
    public static SocketServers SocketServers(this ActorSystem system) => ActorSockets.SocketServers.Get(system);
}
