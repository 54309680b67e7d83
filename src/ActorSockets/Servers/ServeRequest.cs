namespace ActorSockets.Servers;

/// <summary>The wish to serve one connection or datagram. Whoever is first decides: a client that comes, the timeout, or giving up.</summary>
internal sealed class ServeRequest
{
    private readonly TaskCompletionSource<ServeOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _queued = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _decided;

    public Task<ServeOutcome> Outcome => _outcome.Task;

    /// <summary>Completes when the server knows of it, and nobody was there.</summary>
    public Task WhenQueued => _queued.Task;

    public bool IsDecided => Volatile.Read(ref _decided) != 0;

    public void Queued() => _queued.TrySetResult();

    /// <summary>Nothing of the server is left.</summary>
    public void End(string why)
    {
        Cancel(why);
        _outcome.TrySetResult(ServeOutcome.Handled);
    }

    /// <summary>A client is there; false when it comes too late.</summary>
    public bool TryBegin() => TryDecide();

    /// <summary>The client that was there has been served.</summary>
    public void Complete(ServeOutcome outcome) => _outcome.TrySetResult(outcome);

    public void TimeOut()
    {
        if (TryDecide())
        {
            _outcome.TrySetResult(ServeOutcome.TimedOut);
        }
    }

    public void Cancel(string why)
    {
        if (TryDecide())
        {
            _outcome.TrySetException(new OperationCanceledException(why));
        }
    }

    private bool TryDecide() => Interlocked.Exchange(ref _decided, 1) == 0;
}
