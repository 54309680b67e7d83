namespace ActorSockets;

/// <summary>What happened to a connection (<see cref="Connection.RecentEvents"/>).</summary>
public enum ConnectionEventKind
{
    /// <summary>It was accepted, and has its place.</summary>
    Connected,

    /// <summary>Bytes arrived.</summary>
    Received,

    /// <summary>The kernel took bytes.</summary>
    Sent,

    /// <summary>The other side finished sending (FIN).</summary>
    PeerCompleted,

    /// <summary>It went on by TLS.</summary>
    Secured,

    /// <summary>Its handler failed.</summary>
    HandlerFailed,

    /// <summary>A fresh handler was to go on.</summary>
    Restarted,

    /// <summary>The handler that had failed was to go on.</summary>
    Resumed,

    /// <summary>Another handler was to go on, as the one before had asked for.</summary>
    Switched,

    /// <summary>The handler asked for the end, or somebody else did by <see cref="Connection.Close"/>.</summary>
    CloseRequested,

    /// <summary>It was told that the server is stopping.</summary>
    ServerStopping,

    /// <summary>Its close reason was fixed: reads and writes fail from here on.</summary>
    Ended,

    /// <summary>Its socket was closed.</summary>
    SocketClosed,
}
