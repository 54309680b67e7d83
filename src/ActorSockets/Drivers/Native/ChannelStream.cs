using System.Runtime.CompilerServices;

namespace ActorSockets.Drivers.Native;

/// <summary>A channel's bytes for those who know streams only.</summary>
/// <param name="channel">The channel, which stays its owner's.</param>
/// <param name="working">Held by whoever reads; let go of while it waits for bytes.</param>
/// <param name="received">What was received from it before, and is read first.</param>
internal sealed class ChannelStream(ByteChannel channel, SemaphoreSlim working, ReadOnlyMemory<byte> received) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads; with an empty buffer it waits until there is something to read.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!received.IsEmpty)
        {
            return ValueTask.FromResult(TakeReceived(buffer.Span));
        }

        var receiving = buffer.IsEmpty ? WaitAsync() : channel.ReceiveAsync(buffer);
        return receiving.IsCompleted ? receiving : LetOthersWorkAsync(receiving);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[await channel.SendAsync(buffer).ConfigureAwait(false)..];
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
        // Nothing is kept here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private int TakeReceived(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, received.Length);
        received.Span[..count].CopyTo(buffer);
        received = received[count..];
        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> LetOthersWorkAsync(ValueTask<int> receiving)
    {
        working.Release();
        try
        {
            return await receiving.ConfigureAwait(false);
        }
        finally
        {
            await working.WaitAsync().ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync()
    {
        await channel.WaitToReceiveAsync().ConfigureAwait(false);
        return 0;
    }
}
