namespace ActorSockets;

/// <summary>Why a connection that the kernel had accepted never got a connection actor.</summary>
public enum RefusalReason
{
    /// <summary><c>max-connections</c> were active, and <c>overflow</c> is <c>reject</c> or its waiting line was full.</summary>
    ServerFull,

    /// <summary>The server was stopping, or one of its other endpoints could not be bound.</summary>
    NotServing,

    /// <summary><see cref="SocketServerBuilder.ConfigureSocket"/> failed.</summary>
    ConfigureFailed,

    /// <summary>Its user is none of <c>unix.allow-uids</c>, or its address is none of <c>allow</c> or one of <c>deny</c>.</summary>
    NotAllowed,

    /// <summary>The TLS handshake failed, or was not done within <c>tls.handshake-timeout</c>.</summary>
    TlsFailed,

    /// <summary><c>max-connections-per-address</c> were active from its address.</summary>
    AddressFull,

    /// <summary><c>accept-rate</c> connections had been accepted within the last second.</summary>
    TooFast,

    /// <summary><c>proxy-protocol</c> is on, and its address is none of <c>proxy-protocol.trusted</c>.</summary>
    NotTrusted,

    /// <summary>What it began with was no header of the PROXY protocol, or that was not complete within <c>proxy-protocol.header-timeout</c>.</summary>
    ProxyHeader,

    /// <summary>Connections and datagrams together held more than <c>actor-sockets.memory-budget</c>.</summary>
    MemoryBudget,

    /// <summary>The process had hardly a descriptor left. By <c>driver = native</c> it would have waited in the kernel's queue.</summary>
    NoDescriptors,
}
