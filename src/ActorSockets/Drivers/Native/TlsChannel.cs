using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ActorSockets.Drivers.Native;

/// <summary>A socket's bytes by TLS, after the handshake.</summary>
internal sealed class TlsChannel(Socket socket, SslStream stream) : ByteChannel
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitToReceiveAsync() => await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes).ConfigureAwait(false);
        return bytes.Length;
    }

    public override async ValueTask CompleteAsync()
    {
        await stream.ShutdownAsync().ConfigureAwait(false);
        socket.Shutdown(SocketShutdown.Send);
    }

    public override void Dispose()
    {
        // The socket first: it ends what is under way in the stream.
        socket.Dispose();
        stream.Dispose();
    }
}
