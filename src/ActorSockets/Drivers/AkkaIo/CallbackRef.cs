using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// A reference that Akka.IO's actors can tell, without a mailbox behind it: what they tell runs at once, on their turn.
/// So nothing queues up between the socket and the bounded buffers, and it never dies, which would make Akka.IO
/// reset connections. What it calls must be brief and must not throw.
/// </summary>
internal abstract class CallbackRef : MinimalActorRef
{
    protected CallbackRef(ActorSystem system, string role)
    {
        Provider = ((ExtendedActorSystem)system).Provider;
        Path = Provider.RootPath / $"actor-sockets-{role}";
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification)
        {
            WatchedDied();
        }
    }

    /// <summary>Asks to be told when an actor has stopped, or is gone already.</summary>
    protected void Watch(IActorRef actor)
    {
        var watchee = (IInternalActorRef)actor;
        watchee.SendSystemMessage(new Watch(watchee, this));
    }

    protected virtual void WatchedDied()
    {
    }
}
