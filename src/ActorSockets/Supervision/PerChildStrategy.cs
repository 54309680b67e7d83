using Akka.Actor;

namespace ActorSockets.Supervision;

/// <summary>One-for-one supervision that asks by child, because each connection has a budget of its own. It does not log: the decision does.</summary>
internal sealed class PerChildStrategy(Func<IActorRef, Exception, Directive> decide)
    : OneForOneStrategy(-1, -1, _ => Directive.Stop, loggingEnabled: false)
{
    protected override Directive Handle(IActorRef child, Exception exception) => decide(child, exception);
}
