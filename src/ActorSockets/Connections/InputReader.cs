using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>
/// A transport's input as one handler sees it. When another handler goes on with the connection, what this one had read
/// and not consumed is there again for the other, and reads of this one fail.
/// </summary>
internal sealed class InputReader(PipeReader inner, InputReader? predecessor = null) : PipeReader
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private InputReader? _predecessor = predecessor;
    private SequencePosition? _start;
    private bool _waiting;
    private bool _revoked;

    /// <summary>Takes the input from this handler; the one that gets the new reader goes on where this one had consumed to.</summary>
    public InputReader Revoke()
    {
        lock (_gate)
        {
            _revoked = true;
            GiveBack();
            if (_waiting)
            {
                // Its wait ends before a read of the successor begins.
                inner.CancelPendingRead();
            }
            else
            {
                _released.TrySetResult();
            }
        }

        return new InputReader(inner, this);
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            ThrowIfRevoked();
            if (_predecessor is { _released.Task.IsCompleted: false })
            {
                result = default;
                return false;
            }

            _predecessor = null;

            return inner.TryRead(out result) && Take(result);
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
            _start = null;
            inner.AdvanceTo(consumed, examined);
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    // The exception is the handler's own affair: the receiving side must not throw it.
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            ThrowIfRevoked();
            _start = null;
            inner.Complete();
        }
    }

    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        if (_predecessor is { } holder)
        {
            await holder._released.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        ValueTask<ReadResult> reading;
        lock (_gate)
        {
            ThrowIfRevoked();
            if (_waiting)
            {
                throw new InvalidOperationException("another read of this connection is under way; reads are for one reader at a time");
            }

            reading = inner.ReadAsync(cancellationToken);
            _waiting = true;
        }

        try
        {
            var result = await reading.ConfigureAwait(false);
            lock (_gate)
            {
                Take(result);
                if (_revoked)
                {
                    GiveBack();
                    ThrowIfRevoked();
                }
            }

            return result;
        }
        finally
        {
            lock (_gate)
            {
                _waiting = false;
                if (_revoked)
                {
                    _released.TrySetResult();
                }
            }
        }
    }

    private bool Take(in ReadResult result)
    {
        _start = result.Buffer.Start;
        return true;
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
            throw new OperationCanceledException("another handler goes on with this connection");
        }
    }
}
