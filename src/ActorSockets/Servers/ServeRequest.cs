namespace ActorSockets.Servers;

/// <summary>The wish to serve one connection or datagram. Whoever is first decides: a client that comes, the timeout, or giving up.</summary>
internal sealed class ServeRequest
{
    private readonly TaskCompletionSource<ServeOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _decided;

    public Task<ServeOutcome> Outcome => _outcome.Task;

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
