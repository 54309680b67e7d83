using Akka.Actor;

namespace ActorSockets.Supervision;

/// <summary>
/// Makes the actor of a peer, again at each restart. The peer is handed to the base class while the constructor runs,
/// so that user classes have constructors of their own and need not pass it on.
/// </summary>
internal sealed class PeerActorProducer(Peer peer, Type actorType, Func<PeerActor> factory) : IIndirectActorProducer
{
    [ThreadStatic]
    private static Peer? _constructing;

    public Type ActorType => actorType;

    public static Peer Constructing => _constructing
        ?? throw new InvalidOperationException("connection and datagram actors are made by a socket server, one per connection or datagram peer");

    public ActorBase Produce()
    {
        _constructing = peer;
        try
        {
            return factory();
        }
        finally
        {
            _constructing = null;
        }
    }

    public void Release(ActorBase actor)
    {
        // Nothing is held: Akka drops the reference.
    }
}
