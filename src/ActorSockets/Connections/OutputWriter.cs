using System.Buffers;
using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>A pipe's writer that counts what is not sent yet, refuses writes on a closed connection, and watches the limit.</summary>
internal sealed class OutputWriter(PipeWriter inner, long limit, Action overflowed, Action throwIfClosed) : PipeWriter
{
    /// <summary>What large data is cut into, so that back-pressure applies within it.</summary>
    public const int Piece = 32 * 1024;

    private long _unsent;
    private int _waiting;

    /// <summary>Bytes written that the kernel has not taken yet, flushed or not.</summary>
    public long Unsent => Volatile.Read(ref _unsent);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <returns>What is still unsent.</returns>
    public long Sent(long bytes) => Interlocked.Add(ref _unsent, -bytes);

    /// <summary>Sends what was written, without waiting for room.</summary>
    public void Flush()
    {
        if (inner.UnflushedBytes > 0)
        {
            CheckLimit();
            _ = inner.FlushAsync();
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
        CheckLimit();
        var flush = inner.FlushAsync(cancellationToken);
        return flush.IsCompleted ? flush : WaitAsync(flush);
    }

    /// <summary>Writes in pieces, so that back-pressure applies within large data.</summary>
    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var piece = source[..Math.Min(source.Length, Piece)];
            this.Write(piece.Span);
            var result = await FlushAsync(cancellationToken).ConfigureAwait(false);
            source = source[piece.Length..];
            if (source.IsEmpty || result.IsCompleted || result.IsCanceled)
            {
                return result;
            }
        }
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    // Half-closes after what was written is sent. The exception is the handler's own affair: the sending side must not throw it.
    public override void Complete(Exception? exception = null) => inner.Complete();

    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> flush)
    {
        // Two waits at a time would break the pipe, and with it the connection.
        if (Interlocked.Exchange(ref _waiting, 1) != 0)
        {
            throw new InvalidOperationException("another flush of this connection is under way; several senders use Connection.SendAsync, which lets one after the other");
        }

        try
        {
            return await flush.ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _waiting, 0);
        }
    }

    private void CheckLimit()
    {
        if (Unsent > limit)
        {
            overflowed();
        }
    }
}
