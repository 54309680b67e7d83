namespace ActorSockets.Drivers.Native;

/// <summary>The bytes of a connected socket, as they are or by TLS. One receives and one sends at a time.</summary>
internal abstract class ByteChannel : IDisposable
{
    /// <returns>How many bytes came; 0: the other side has finished sending.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The connection is lost.</exception>
    /// <exception cref="IOException">The connection is lost, or what came is no TLS.</exception>
    /// <exception cref="ObjectDisposedException">It was closed meanwhile.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <returns>How many bytes were taken.</returns>
    /// <inheritdoc cref="ReceiveAsync"/>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells the other side that nothing more is sent.</summary>
    /// <inheritdoc cref="ReceiveAsync"/>
    public abstract ValueTask CompleteAsync();

    public abstract void Dispose();
}
