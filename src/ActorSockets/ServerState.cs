namespace ActorSockets;

/// <summary>What a <see cref="SocketServer"/> is doing.</summary>
public enum ServerState
{
    /// <summary>Made and never bound, or its start failed: nothing is open.</summary>
    New,

    /// <summary>Its endpoints are being bound.</summary>
    Starting,

    /// <summary>Its endpoints are bound, and clients wait to be served (a constructed <c>socketserver</c>, asyncio's <c>start_serving=False</c>).</summary>
    Bound,

    /// <summary>Clients are served.</summary>
    Serving,

    /// <summary>New clients are refused, those that are there are served.</summary>
    Suspended,

    /// <summary>New clients are refused, and those that are there may finish.</summary>
    Stopping,

    /// <summary>Nothing of it is left; it can be started again.</summary>
    Stopped,
}
