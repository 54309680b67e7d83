namespace ActorSockets.Servers;

/// <summary>
/// The time by which deadlines are kept: monotonic, and it stands still while the process does not run (SIGSTOP, a machine that sleeps or is starved). What came
/// in that time waits in the kernel; nobody is late who could not be heard.
/// </summary>
internal sealed class RunningTime : TimeProvider
{
    // Servers look at least once a second. So much of a longer time counts, so that no time comes after a later one.
    private const long LongestBetweenLooks = 1500;

    private static readonly Lock Gate = new();
    private static long _lost;
    private static long _lookedAt = Environment.TickCount64;
    private static int _lookers;

    private RunningTime()
    {
    }

    /// <summary>Its timers are not early: they wait once more for what the process has missed.</summary>
    public static RunningTime Provider { get; } = new();

    /// <summary>Milliseconds since some time in the past.</summary>
    public static long Now
    {
        get
        {
            var lost = Volatile.Read(ref _lost);
            var now = Environment.TickCount64;

            // The first who asks after a stop sees it, not only the next look.
            return now - Volatile.Read(ref _lookedAt) > LongestBetweenLooks && Volatile.Read(ref _lookers) > 0 ? Look() : now - lost;
        }
    }

    /// <summary>From now on somebody looks, at least once a second.</summary>
    public static void BeginToLook()
    {
        lock (Gate)
        {
            if (_lookers++ == 0)
            {
                Volatile.Write(ref _lookedAt, Environment.TickCount64);
            }
        }
    }

    /// <summary>One that has begun to look does so no more.</summary>
    public static void EndToLook()
    {
        lock (Gate)
        {
            _lookers--;
        }
    }

    /// <summary>Sees whether the process has run since the last look; called before deadlines are enforced.</summary>
    /// <returns><see cref="Now"/>.</returns>
    public static long Look()
    {
        lock (Gate)
        {
            var now = Environment.TickCount64;
            if (_lookers > 0 && now - _lookedAt > LongestBetweenLooks)
            {
                Volatile.Write(ref _lost, _lost + now - _lookedAt - LongestBetweenLooks);
            }

            Volatile.Write(ref _lookedAt, now);
            return now - _lost;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new PatientTimer(callback, state, dueTime);

    /// <summary>Fires once.</summary>
    private sealed class PatientTimer : ITimer
    {
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly Timer _timer;
        private long _due;

        public PatientTimer(TimerCallback callback, object? state, TimeSpan dueTime)
        {
            (_callback, _state) = (callback, state);
            _timer = new Timer(timer => ((PatientTimer)timer!).Fire(), this, Timeout.Infinite, Timeout.Infinite);
            Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Volatile.Write(ref _due, Now + (long)dueTime.TotalMilliseconds);
            return _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();

        private void Fire()
        {
            if (Volatile.Read(ref _due) - Look() is > 0 and var left)
            {
                // False where it was disposed of meanwhile.
                _timer.Change(left, Timeout.Infinite);
            }
            else
            {
                _callback(_state);
            }
        }
    }
}
