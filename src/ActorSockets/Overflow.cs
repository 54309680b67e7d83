namespace ActorSockets;

/// <summary>What happens to a connection over <c>max-connections</c>.</summary>
public enum Overflow
{
    /// <summary>It is closed at once, after <c>reject-with</c> where that is set, and counted as refused.</summary>
    Reject,

    /// <summary>
    /// It waits, unread, until a connection ends. The <c>native</c> driver accepts no more then than one per listening socket: the others wait in the kernel's
    /// queue, and a suspension of the server resets those. The <c>akka-io</c> driver accepts them, at most <c>backlog</c>; one more is closed at once.
    /// </summary>
    Wait,

    /// <summary>It waits, and the connection that has been idle longest is closed for it, with <see cref="CloseReason.Evicted"/>. Where none is idle, it is closed at once.</summary>
    EvictIdle,
}
