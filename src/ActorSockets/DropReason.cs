namespace ActorSockets;

/// <summary>Why a datagram that had arrived was not handled.</summary>
public enum DropReason
{
    /// <summary>A new peer, while <c>datagram.max-peers</c> were active.</summary>
    TooManyPeers,

    /// <summary><c>datagram.queue</c> datagrams of the same peer, or <c>datagram.buffer</c> bytes of all peers, were waiting already.</summary>
    QueueFull,

    /// <summary>The peer's actor ended before it came to this datagram.</summary>
    PeerClosed,

    /// <summary>The handler threw while it handled this datagram.</summary>
    HandlerFailed,

    /// <summary>Its sender address is the endpoint's own: forged, to make the server answer itself.</summary>
    OwnAddress,

    /// <summary>The server was not serving: starting or stopping.</summary>
    NotServing,

    /// <summary>The verification turned it down, or failed.</summary>
    Rejected,

    /// <summary>It was longer than <c>datagram.max-size</c>.</summary>
    TooLarge,

    /// <summary>Its sender's address is none of <c>allow</c>, or one of <c>deny</c>.</summary>
    NotAllowed,

    /// <summary>All connections and datagrams together held more than <c>actor-sockets.memory-budget</c>, and its peer more than its share, or it was a new one.</summary>
    MemoryBudget,
}
