namespace ActorSockets;

/// <summary>What happens to a connection over <c>max-connections</c>.</summary>
public enum Overflow
{
    /// <summary>It is closed at once, after <c>reject-with</c> where that is set, and counted as refused.</summary>
    Reject,

    /// <summary>It is accepted and waits, unread, until a connection ends; at most <c>backlog</c> connections wait, one more is closed at once.</summary>
    Wait,

    /// <summary>It waits, and the connection that has been idle longest is closed for it, with <see cref="CloseReason.Evicted"/>. Where none is idle, it is closed at once.</summary>
    EvictIdle,
}
