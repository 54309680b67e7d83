using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>
/// A transport's input as one handler sees it. When another handler, or another try of the same one, goes on with the
/// connection, what had been read and not consumed is there again, and a read that was under way ends.
/// </summary>
/// <param name="inner">The transport's input.</param>
/// <param name="whenFree">Completes when the handler before has let go of it.</param>
internal sealed class InputReader(PipeReader inner, Task whenFree) : PipeReader
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
    private bool _lookAgain;

    /// <summary>Since when a read waits for bytes, in <see cref="Environment.TickCount64"/> milliseconds; −1: none does.</summary>
    public long WaitingSince => Volatile.Read(ref _waitingSince);

    /// <summary>Takes the input from this handler; the one that gets the new reader goes on where this one had consumed to. Reads of this one fail.</summary>
    public InputReader Revoke()
    {
        lock (_gate)
        {
            _revoked = true;
            TakeBack();
            return new InputReader(inner, _whenFree) { _lookAgain = true };
        }
    }

    /// <summary>The same handler begins anew where it had consumed to.</summary>
    public void TakeBack()
    {
        lock (_gate)
        {
            _try++;
            _lookAgain = true;
            GiveBack();
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
    public void LookAgain()
    {
        lock (_gate)
        {
            _lookAgain = true;
        }
    }

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
            Volatile.Write(ref _waitingSince, Environment.TickCount64);
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
        var found = false;
        result = default;
        if (_lookAgain)
        {
            // A pipe does not give examined bytes again before more come, unless a read is cancelled.
            _lookAgain = false;
            inner.CancelPendingRead();
            found = inner.TryRead(out result);
            if (found && result.Buffer.IsEmpty && !result.IsCompleted)
            {
                inner.AdvanceTo(result.Buffer.Start);
                found = false;
            }
            else
            {
                result = new ReadResult(result.Buffer, isCanceled: false, result.IsCompleted);
            }
        }

        found = found || inner.TryRead(out result);
        _start = found ? result.Buffer.Start : null;
        return found;
    }

    private void HandOver(bool sawCancellation)
    {
        // The cancellation that was meant for this read, and came too late for it, must not meet the next one.
        if (!sawCancellation)
        {
            try
            {
                if (inner.TryRead(out var result))
                {
                    inner.AdvanceTo(result.Buffer.Start);
                }
            }
            catch (IOException)
            {
                // The connection has ended; the next read says so as well.
            }
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
