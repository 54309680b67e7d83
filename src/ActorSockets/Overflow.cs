namespace ActorSockets;

/// <summary>What happens to a new connection while <c>max-connections</c> are active.</summary>
public enum Overflow
{
    /// <summary>
    /// It waits, without being read from, until a place is free. With the <c>akka-io</c> driver the connection is
    /// accepted and waits in user space, at most <c>backlog</c> of them; one more is refused.
    /// </summary>
    Wait,

    /// <summary>It is closed at once, before an actor is made for it.</summary>
    Reject,
}
