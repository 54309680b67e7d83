using System.Net.Security;
using System.Runtime.CompilerServices;

namespace ActorSockets.Drivers.Native;

/// <summary>A channel's bytes by TLS, after the handshake.</summary>
internal sealed class TlsChannel(ByteChannel plain, SslStream stream) : ByteChannel
{
    public SslStream Stream => stream;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitToReceiveAsync() => await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes).ConfigureAwait(false);
        return bytes.Length;
    }

    public override async ValueTask CompleteAsync(bool closes)
    {
        await stream.ShutdownAsync().ConfigureAwait(false);
        await plain.CompleteAsync(closes).ConfigureAwait(false);
    }

    public override void Dispose()
    {
        // The socket first: it ends what is under way in the stream.
        plain.Dispose();
        stream.Dispose();
    }
}
