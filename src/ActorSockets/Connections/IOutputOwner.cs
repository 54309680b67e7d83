namespace ActorSockets.Connections;

/// <summary>What an <see cref="OutputBuffer"/> asks and tells. An object rather than delegates: there is one for each connection.</summary>
internal interface IOutputOwner
{
    /// <summary>Called before each write of the handler.</summary>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    void ThrowIfClosed();

    /// <summary>There is something to send.</summary>
    void Flushed();

    /// <summary>More is unsent than the limit allows.</summary>
    void Overflowed();
}
