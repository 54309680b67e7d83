using System.Net.Security;
using System.Runtime.CompilerServices;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// A channel's bytes by TLS. .NET lets one read and another one write, but OpenSSL does not bear that the end is told while something is read: that
/// breaks the process. So one of them works at a time; while a read waits for bytes, it does not.
/// </summary>
internal sealed class TlsChannel : ByteChannel
{
    private readonly ByteChannel _plain;
    private readonly SemaphoreSlim _working = new(1, 1);

    /// <param name="plain">The channel.</param>
    /// <param name="received">What was received from it before.</param>
    public TlsChannel(ByteChannel plain, ReadOnlyMemory<byte> received = default)
    {
        _plain = plain;
        Stream = new SslStream(new ChannelStream(plain, _working, received));
    }

    public SslStream Stream { get; }

    /// <summary>Shakes hands, before anything else.</summary>
    /// <param name="options">What is done for which client.</param>
    public async Task AuthenticateAsync(ServerOptionsSelectionCallback options)
    {
        await _working.WaitAsync().ConfigureAwait(false);
        try
        {
            await Stream.AuthenticateAsServerAsync(options, null).ConfigureAwait(false);
        }
        finally
        {
            _working.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitToReceiveAsync() => await ReceiveAsync(Memory<byte>.Empty).ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        await _working.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Stream.ReadAsync(buffer).ConfigureAwait(false);
        }
        finally
        {
            _working.Release();
        }
    }

    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await Stream.WriteAsync(bytes).ConfigureAwait(false);
        return bytes.Length;
    }

    public override async ValueTask CompleteAsync(bool closes)
    {
        await _working.WaitAsync().ConfigureAwait(false);
        try
        {
            await Stream.ShutdownAsync().ConfigureAwait(false);
        }
        finally
        {
            _working.Release();
        }

        await _plain.CompleteAsync(closes).ConfigureAwait(false);
    }

    public override void Dispose()
    {
        // The socket first: it ends what is under way in the stream.
        _plain.Dispose();
        Stream.Dispose();
    }
}
