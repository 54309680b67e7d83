using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>A pipe's writer that counts what is not sent yet, refuses writes on a closed connection, and watches the limit.</summary>
internal sealed class OutputWriter(PipeWriter inner, long limit, Action overflowed, Action throwIfClosed) : PipeWriter
{
    private long _unsent;

    public long Unsent => Volatile.Read(ref _unsent);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public void Sent(long bytes) => Interlocked.Add(ref _unsent, -bytes);

    /// <summary>Sends what was written, without waiting for room.</summary>
    public void Flush()
    {
        if (inner.UnflushedBytes > 0 && FlushAsync() is { IsCompleted: true } done)
        {
            done.GetAwaiter().GetResult();
        }
    }

    public override void Advance(int bytes)
    {
        inner.Advance(bytes);
        Interlocked.Add(ref _unsent, bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        throwIfClosed();
        return inner.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        throwIfClosed();
        return inner.GetSpan(sizeHint);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (Unsent > limit)
        {
            overflowed();
        }

        return inner.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    // Half-closes after what was written is sent. The exception is the handler's own affair: the sending side must not throw it.
    public override void Complete(Exception? exception = null) => inner.Complete();
}
