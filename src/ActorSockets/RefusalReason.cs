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

    /// <summary>Its user is none of <c>unix.allow-uids</c>.</summary>
    NotAllowed,

    /// <summary>The TLS handshake failed, or was not done within <c>tls.handshake-timeout</c>.</summary>
    TlsFailed,
}
