namespace ActorSockets;

/// <summary>What <see cref="SocketServer.ServeOneAsync"/> came to.</summary>
public enum ServeOutcome
{
    /// <summary>A handler has served a connection or a datagram to its end, however that was.</summary>
    Handled,

    /// <summary>A connection or a datagram was there, and the verification turned it down.</summary>
    Rejected,

    /// <summary>Nobody came in time.</summary>
    TimedOut,
}
