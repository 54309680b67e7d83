namespace ActorSockets.Supervision;

/// <summary>A sliding window of failures that may be gone on from. Safe for concurrent use.</summary>
internal sealed class FailureWindow
{
    private readonly Lock _gate = new();
    private Queue<long>? _failures;

    /// <summary>Counts one more, if there is room for it.</summary>
    /// <param name="most">How many there may be; negative: no limit.</param>
    /// <param name="within">In this time; <see cref="Timeout.InfiniteTimeSpan"/>: in all.</param>
    /// <param name="now">In <see cref="Environment.TickCount64"/> milliseconds.</param>
    public bool TrySpend(int most, TimeSpan within, long now)
    {
        if (most < 0)
        {
            return true;
        }

        lock (_gate)
        {
            _failures ??= new Queue<long>();
            while (within != Timeout.InfiniteTimeSpan && _failures.TryPeek(out var oldest) && now - oldest >= within.TotalMilliseconds)
            {
                _failures.Dequeue();
            }

            if (_failures.Count >= most)
            {
                return false;
            }

            _failures.Enqueue(now);
            return true;
        }
    }
}
