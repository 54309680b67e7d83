using Akka.Actor;

namespace ActorSockets.Supervision;

/// <summary>
/// One-for-one supervision that asks by child, because each connection has a budget of its own. It does not log: the decision does. It can also tell
/// that a child has stopped, which a parent learns in any case: a watch would cost more than the rest of an actor's end.
/// </summary>
/// <param name="decide">What is done about a child's failure.</param>
/// <param name="stopped">Called in the parent's turn; its context is not at hand.</param>
internal sealed class PerChildStrategy(Func<IActorRef, Exception, Directive> decide, Action<IActorRef>? stopped = null)
    : OneForOneStrategy(-1, -1, _ => Directive.Stop, loggingEnabled: false)
{
    public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children) => stopped?.Invoke(child);

    protected override Directive Handle(IActorRef child, Exception exception) => decide(child, exception);
}
