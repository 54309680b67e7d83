using System.Net.Sockets;

namespace ActorSockets.Drivers.Native;

/// <summary>A socket's bytes as they are.</summary>
internal sealed class SocketChannel(Socket socket) : ByteChannel
{
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => socket.ReceiveAsync(buffer, SocketFlags.None);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => socket.SendAsync(bytes, SocketFlags.None);

    public override ValueTask CompleteAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    }

    public override void Dispose() => socket.Dispose();
}
