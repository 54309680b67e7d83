using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Drivers;

/// <summary>What gives sockets: for each endpoint a <see cref="ListenerActor"/> that binds it and turns what arrives into transports and datagrams.</summary>
internal abstract class Driver
{
    /// <summary>Its name in the configuration.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it can listen there.</summary>
    public abstract bool Serves(Endpoint endpoint);

    /// <summary>Its event loop is one that another thread can take over where a handler holds it.</summary>
    public abstract bool HasOwnLoop { get; }

    /// <summary>Whether accepting is its own: it can leave new connections in the kernel's queue, and hear what one says before it is the server's.</summary>
    public abstract bool AcceptsItself { get; }

    /// <summary>Whether several sockets can have its port.</summary>
    public abstract bool SharesPort(Endpoint endpoint);

    /// <summary>The listener of one endpoint.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="endpoint">Where to listen.</param>
    /// <param name="context">The server.</param>
    /// <param name="server">The server's actor, which is told of <see cref="ServerActor.Accepted"/> transports.</param>
    /// <param name="router">For a datagram endpoint: what brings its datagrams to their peers. It outlives the listener.</param>
    public abstract Props CreateListener(ActorSystem system, Endpoint endpoint, ServerContext context, IActorRef server, DatagramRouter? router);
}
