using System.Threading.Tasks.Sources;

namespace ActorSockets.Connections;

/// <summary>Lets one wait for something that happens again and again, without allocation. What happens while nobody waits is remembered once.</summary>
/// <param name="continuesElsewhere">Who waits goes on on the thread pool, not on the thread where it happens.</param>
internal sealed class AsyncSignal(bool continuesElsewhere) : IValueTaskSource
{
    private const int None = 0;
    private const int Happened = 1;
    private const int Awaited = 2;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = continuesElsewhere };
    private int _state;

    /// <summary>It has happened.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _state, Happened) == Awaited)
        {
            // Whatever happens until it goes on, it will see.
            Volatile.Write(ref _state, None);
            _source.SetResult(true);
        }
    }

    /// <summary>Completes when it has happened since the last wait.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, None, Happened) == Happened)
        {
            return ValueTask.CompletedTask;
        }

        _source.Reset();
        var wait = new ValueTask(this, _source.Version);
        if (Interlocked.CompareExchange(ref _state, Awaited, None) == None)
        {
            return wait;
        }

        Volatile.Write(ref _state, None);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
