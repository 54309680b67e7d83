namespace ActorSockets;

/// <summary>
/// Why a connection or a datagram peer ended. Each ends with exactly one reason: the first cause wins.
/// </summary>
public enum CloseReason
{
    /// <summary>The handler returned, or called <see cref="Peer.Close"/>, while the other side was still sending or could send.</summary>
    LocalClosed,

    /// <summary>The handler called <see cref="Peer.Abort()"/>: output was dropped and the other side saw a reset.</summary>
    LocalAborted,

    /// <summary>The other side finished sending (FIN) and the handler finished afterwards.</summary>
    PeerClosed,

    /// <summary>The other side reset the connection.</summary>
    PeerReset,

    /// <summary>Nothing arrived from the other side for <c>idle-timeout</c> (for datagram peers: <c>datagram.peer-timeout</c>).</summary>
    IdleTimeout,

    /// <summary>Nothing at all arrived for <c>first-byte-timeout</c>.</summary>
    FirstByteTimeout,

    /// <summary>A read of the handler waited for <c>read-timeout</c>.</summary>
    ReadTimeout,

    /// <summary>A line or frame had begun and was not complete after <c>frame-timeout</c>.</summary>
    FrameTimeout,

    /// <summary>The handler served it for <c>handler-timeout</c> and was not done.</summary>
    HandlerTimeout,

    /// <summary>The other side had finished sending, and the handler neither sent anything nor closed for <c>half-open-timeout</c>.</summary>
    HalfOpenTimeout,

    /// <summary>The other side broke the protocol: a line or frame was too long, malformed or cut off by the end of the stream, and the handler did not deal with it.</summary>
    ProtocolError,

    /// <summary>The handler threw, and the restart policy closed the connection.</summary>
    HandlerFailed,

    /// <summary>The other side did not read: <c>write-limit</c> was exceeded, or nothing could be sent for <c>write-stall-timeout</c>.</summary>
    SlowConsumer,

    /// <summary>The verification turned it down, or failed (<c>socketserver.BaseServer.verify_request</c>).</summary>
    Rejected,

    /// <summary>It was idle and had to make room for a new one (<c>overflow = evict-idle</c>).</summary>
    Evicted,

    /// <summary>The server was stopping, and the connection was closed with it.</summary>
    ServerStopping,

    /// <summary>The server was stopping, and the handler had not finished at <c>drain-timeout</c>: the connection was reset.</summary>
    DrainTimeout,

    /// <summary>The socket failed in another way, or the driver lost it.</summary>
    TransportFailed,

    /// <summary>It should have gone on by TLS (<see cref="Connection.StartTlsAsync(ReadOnlyMemory{byte}, CancellationToken)"/>), and the handshake failed or was not done within <c>tls.handshake-timeout</c>.</summary>
    TlsFailed,

    /// <summary>A line or frame came more slowly than <c>min-rate</c>.</summary>
    MinRate,

    /// <summary>The kernel gave the other side up: it acknowledged nothing for <c>tcp.user-timeout</c>, did not answer <c>tcp.keep-alive</c>, or cannot be reached any more.</summary>
    PeerLost,

    /// <summary>All connections together held far more than <c>actor-sockets.memory-budget</c>, and this one held most.</summary>
    MemoryBudget,
}
