using System.Threading.Tasks.Sources;

namespace ActorSockets.Connections;

/// <summary>Lets one wait for a result, again and again, without allocation; the wait can be given up.</summary>
/// <param name="gate">The owner's. What is said to be called under it is.</param>
/// <param name="continuesElsewhere">Who waits goes on on the thread pool, not on the thread that has the result.</param>
internal sealed class PendingResult<T>(Lock gate, bool continuesElsewhere) : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _source;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    /// <summary>Whether somebody waits.</summary>
    public bool IsAwaited { get; private set; }

    /// <summary>Begins to wait. Called under the gate, while nobody does.</summary>
    /// <exception cref="OperationCanceledException">It is given up already.</exception>
    public ValueTask<T> Begin(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _source.Reset();
        _source.RunContinuationsAsynchronously = continuesElsewhere;
        (IsAwaited, _token) = (true, cancellationToken);
        _registration = cancellationToken.UnsafeRegister(static (pending, token) => ((PendingResult<T>)pending!).GiveUp(token), this);
        return new ValueTask<T>(this, _source.Version);
    }

    /// <summary>Called under the gate. True: somebody waits, and is given <see cref="Complete"/> or <see cref="Fail"/> outside of it.</summary>
    public bool TryEnd()
    {
        if (!IsAwaited)
        {
            return false;
        }

        IsAwaited = false;
        _registration.Unregister();
        return true;
    }

    public void Complete(T result) => _source.SetResult(result);

    /// <summary>Who waits goes on on the thread pool: whoever ends the wait from outside has nothing to do with that one's code.</summary>
    public void CompleteElsewhere(T result)
    {
        _source.RunContinuationsAsynchronously = true;
        Complete(result);
    }

    /// <inheritdoc cref="CompleteElsewhere"/>
    public void Fail(Exception exception)
    {
        _source.RunContinuationsAsynchronously = true;
        _source.SetException(exception);
    }

    T IValueTaskSource<T>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void GiveUp(CancellationToken token)
    {
        lock (gate)
        {
            if (_token != token || !TryEnd())
            {
                return;
            }
        }

        Fail(new OperationCanceledException(token));
    }
}
