using ActorSockets.Dispatch;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Supervision;

/// <summary>
/// Makes the actors of a server's peers, again at each restart; each has the name of its peer. The peer is handed to the base class while the constructor runs,
/// so that user classes have constructors of their own and need not pass it on.
/// </summary>
internal sealed class PeerActorProducer(ServerContext context, Type actorType) : IIndirectActorProducer
{
    [ThreadStatic]
    private static Peer? _constructing;

    public Type ActorType => actorType;

    public static Peer Constructing => _constructing
        ?? throw new InvalidOperationException("connection and datagram actors are made by a socket server, one per connection or datagram peer");

    public ActorBase Produce()
    {
        var peer = context.FindPeer(ActorCell.GetCurrentSelfOrNoSender()!.Path.Name);
        _constructing = peer;
        Turn.Handles(peer);
        try
        {
            // A request actor is ours: the user's handler is made by it.
            var instance = ((peer as Connection)?.Handler.ActorType ?? actorType).IsAssignableTo(typeof(RequestActor)) ? peer.CreateHandler() : context.Construction.Make(peer.CreateHandler);
            var actor = (PeerActor)instance.Handler;
            actor.Scope = instance.Scope;
            if (peer is not Connection { HasBegun: false })
            {
                actor.BecomeLast();
            }

            return actor;
        }
        catch (Exception exception)
        {
            return new FailedActor(exception);
        }
        finally
        {
            _constructing = null;
        }
    }

    // Akka calls it after the last call of the actor, which has stopped or is replaced.
    public void Release(ActorBase actor) => ((PeerActor)actor).ReleaseScope();
}
