using System.IO.Pipelines;
using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>
/// A transport's input as one handler sees it. When another handler, or another try of the same one, goes on with the
/// connection, what had been read and not consumed is there again, and a read that was under way ends.
/// </summary>
/// <param name="inner">The transport's input.</param>
/// <param name="whenFree">Completes when the handler before has let go of it.</param>
internal sealed class InputReader(InputBuffer inner, Task whenFree) : PipeReader
{
    private const long NotWaiting = -1;

    private readonly Lock _gate = new();
    private Task _whenFree = whenFree;
    private TaskCompletionSource? _handOver;
    private SequencePosition? _start;
    private int _try;
    private long _waitingSince = NotWaiting;
    private bool _waiting;
    private bool _revoked;

    /// <summary>Since when a read waits for bytes, in milliseconds of <see cref="RunningTime"/>; −1: none does.</summary>
    public long WaitingSince => Volatile.Read(ref _waitingSince);

    /// <inheritdoc cref="InputBuffer.MayHaveNews"/>
    public bool MayHaveNews => inner.MayHaveNews;

    /// <summary>Takes the input from this handler; the one that gets the new reader goes on where this one had consumed to. Reads of this one fail.</summary>
    public InputReader Revoke()
    {
        lock (_gate)
        {
            _revoked = true;
            TakeBack();
            return new InputReader(inner, _whenFree);
        }
    }

    /// <summary>The same handler begins anew where it had consumed to.</summary>
    public void TakeBack()
    {
        lock (_gate)
        {
            _try++;
            GiveBack();
            inner.LookAgain();
            if (_waiting)
            {
                _handOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _whenFree = _handOver.Task;
                inner.CancelPendingRead();
            }
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            ThrowIfRevoked();
            result = default;
            if (_waiting && _whenFree.IsCompleted)
            {
                throw Busy();
            }

            return _whenFree.IsCompleted && TryReadNow(out result);
        }
    }

    /// <summary>What a read that was given up had examined and not consumed: the next read gives it at once.</summary>
    public void LookAgain() => inner.LookAgain();

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        TryRead(out var result) ? ValueTask.FromResult(result) : WaitAsync(cancellationToken);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_gate)
        {
            ThrowIfRevoked();
            inner.AdvanceTo(consumed, examined);
            _start = null;
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    // The exception is the handler's own affair: the receiving side must not throw it.
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            ThrowIfRevoked();
            inner.Complete();
            _start = null;
        }
    }

    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        await _whenFree.WaitAsync(cancellationToken).ConfigureAwait(false);
        int mine;
        ValueTask<ReadResult> reading;
        lock (_gate)
        {
            ThrowIfRevoked();
            if (_waiting)
            {
                throw Busy();
            }

            if (TryReadNow(out var now))
            {
                return now;
            }

            mine = _try;
            reading = inner.ReadAsync(cancellationToken);
            _waiting = true;
            Volatile.Write(ref _waitingSince, RunningTime.Now);
        }

        var sawCancellation = false;
        try
        {
            var result = await reading.ConfigureAwait(false);
            lock (_gate)
            {
                sawCancellation = result.IsCanceled;
                _start = result.Buffer.Start;
                if (mine != _try)
                {
                    GiveBack();
                    throw Superseded();
                }
            }

            return result;
        }
        finally
        {
            lock (_gate)
            {
                _waiting = false;
                Volatile.Write(ref _waitingSince, NotWaiting);
                if (mine != _try)
                {
                    HandOver(sawCancellation);
                }
            }
        }
    }

    private bool TryReadNow(out ReadResult result)
    {
        var found = inner.TryRead(out result);
        _start = found ? result.Buffer.Start : null;
        return found;
    }

    private void HandOver(bool sawCancellation)
    {
        // The cancellation that was meant for this read, and came too late for it, must not meet the next one.
        if (!sawCancellation)
        {
            inner.ForgetCancellation();
        }

        _handOver!.TrySetResult();
    }

    private void GiveBack()
    {
        if (_start is { } start)
        {
            _start = null;
            inner.AdvanceTo(start);
        }
    }

    private void ThrowIfRevoked()
    {
        if (_revoked)
        {
            throw Superseded();
        }
    }

    private static InvalidOperationException Busy() =>
        new("another read of this connection is under way; reads are for one reader at a time");

    private static OperationCanceledException Superseded() => new("another handler goes on with this connection");
}
