namespace ActorSockets.Servers;

/// <summary>What became of a server, as tasks: for those outside of the actor system.</summary>
internal sealed class ServerOutcome
{
    private readonly TaskCompletionSource<IReadOnlyList<Endpoint>> _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StopReport> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    /// <summary>The bound endpoints; faulted when one could not be bound, after everything was given up again.</summary>
    public Task<IReadOnlyList<Endpoint>> WhenBound => _bound.Task;

    /// <summary>Completes when nothing of the server is left; faulted when it ended by an escalated failure.</summary>
    public Task<StopReport> WhenStopped => _stopped.Task;

    /// <summary>What the drain came to, as far as there was one.</summary>
    public StopReport Report { get; private set; }

    public void Bound(IReadOnlyList<Endpoint> endpoints) => _bound.TrySetResult(endpoints);

    /// <summary>False where it had failed already.</summary>
    public bool Fail(Exception failure) => Interlocked.CompareExchange(ref _failure, failure, null) is null;

    /// <summary>Whoever waits for the endpoints to be bound is told that they will not be; for whoever has stopped it this is no failure.</summary>
    public void StoppedBeforeBound(string why) => _bound.TrySetException(new OperationCanceledException(why));

    public void Drained(StopReport report) => Report = report;

    /// <summary>The server's actor has stopped, whatever led to it.</summary>
    public void Stopped()
    {
        if (_failure is { } failure)
        {
            _stopped.TrySetException(failure);
            _bound.TrySetException(failure);
        }
        else
        {
            _stopped.TrySetResult(Report);
            _bound.TrySetException(new OperationCanceledException("the actor system stopped while the server started"));
        }
    }
}
