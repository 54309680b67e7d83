namespace ActorSockets;

/// <summary>
/// Reading from or writing to a connection that has ended. It is not a failure of the handler: one that lets it
/// pass through ends quietly, with the connection's own <see cref="Reason"/>.
/// </summary>
public sealed class ConnectionClosedException : IOException
{
    /// <summary>Names the connection and why it ended.</summary>
    /// <param name="connection">The connection's id.</param>
    /// <param name="reason">Why it ended.</param>
    public ConnectionClosedException(string connection, CloseReason reason)
        : base($"connection {connection} is closed: {reason}") => Reason = reason;

    internal ConnectionClosedException(string connection, CloseReason reason, Exception cause)
        : base($"connection {connection} is closed: {reason}", cause) => Reason = reason;

    /// <summary>Why the connection ended.</summary>
    public CloseReason Reason { get; }
}
