using System.Net.Sockets;

namespace ActorSockets.Drivers.Native;

/// <summary>The bytes of a connected socket, as they are or by TLS. One receives and one sends at a time.</summary>
internal abstract class ByteChannel : IDisposable
{
    /// <summary>A socket's bytes as they are, on an event loop where the options say so.</summary>
    /// <exception cref="IOException">The machine is short of descriptors.</exception>
    public static ByteChannel Of(Socket socket, SocketServerOptions options) =>
        options.UsesEventLoop && OperatingSystem.IsLinux() ? new PolledChannel(socket) : new SocketChannel(socket);

    /// <summary>Completes when there may be something to receive, or the end; no memory is needed for the wait.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    /// <exception cref="IOException">The connection is lost, or what came is no TLS.</exception>
    /// <exception cref="ObjectDisposedException">It was closed meanwhile.</exception>
    public abstract ValueTask WaitToReceiveAsync();

    /// <returns>How many bytes came; 0: the other side has finished sending.</returns>
    /// <inheritdoc cref="WaitToReceiveAsync"/>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <returns>How many bytes were taken.</returns>
    /// <inheritdoc cref="WaitToReceiveAsync"/>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells the other side that nothing more is sent.</summary>
    /// <param name="closes">The channel is closed right after, which tells it as well.</param>
    /// <inheritdoc cref="WaitToReceiveAsync"/>
    public abstract ValueTask CompleteAsync(bool closes);

    public abstract void Dispose();
}
