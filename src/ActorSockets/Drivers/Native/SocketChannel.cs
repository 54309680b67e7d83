using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ActorSockets.Drivers.Native;

/// <summary>A socket's bytes as they are. The socket makes one operation for receiving and one for sending, and keeps them.</summary>
internal sealed class SocketChannel(Socket socket) : ByteChannel
{
    private bool _mayHaveMore;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitToReceiveAsync()
    {
        if (!_mayHaveMore)
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        var received = await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
        _mayHaveMore = received == buffer.Length;
        return received;
    }

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => socket.SendAsync(bytes, SocketFlags.None);

    public override ValueTask CompleteAsync(bool closes)
    {
        if (!closes)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        return ValueTask.CompletedTask;
    }

    public override void Dispose() => socket.Dispose();
}
