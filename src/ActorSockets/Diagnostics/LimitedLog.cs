using Akka.Event;

namespace ActorSockets.Diagnostics;

/// <summary>A server's log of what its clients can cause: so many lines of each kind a second, and how many more there were.</summary>
/// <param name="log">Where they go.</param>
/// <param name="name">The server's.</param>
internal sealed class LimitedLog(ILoggingAdapter log, string name)
{
    /// <summary>Of one kind.</summary>
    public const int MostPerSecond = 10;

    private readonly Budget[] _budgets = [.. Enum.GetValues<LogLine>().Select(_ => new Budget())];

    public void Write(LogLine line, LogLevel level, Exception? cause, string format, params object?[] values)
    {
        // Not as late as in the log: there the lines would wait in an unbounded mailbox.
        if (log.IsEnabled(level) && _budgets[(int)line].TryTake(Environment.TickCount64))
        {
            log.Log(level, cause, format, values);
        }
    }

    /// <summary>Says what was left out, at most once a second for each kind.</summary>
    public void ReportSuppressed()
    {
        foreach (var line in Enum.GetValues<LogLine>())
        {
            if (_budgets[(int)line].TakeSuppressed(Environment.TickCount64) is > 0 and var count)
            {
                log.Warning("[{0}] {1} lines like the last ones suppressed: {2}", name, count, line);
            }
        }
    }

    private sealed class Budget
    {
        private const long Period = 1000;

        private readonly Lock _gate = new();
        private long _begunAt;
        private int _written;
        private long _suppressed;

        public bool TryTake(long now)
        {
            lock (_gate)
            {
                if (now - _begunAt >= Period)
                {
                    (_begunAt, _written) = (now, 0);
                }

                if (_written < MostPerSecond)
                {
                    _written++;
                    return true;
                }

                _suppressed++;
                return false;
            }
        }

        public long TakeSuppressed(long now)
        {
            lock (_gate)
            {
                if (now - _begunAt < Period)
                {
                    return 0;
                }

                var suppressed = _suppressed;
                _suppressed = 0;
                return suppressed;
            }
        }
    }
}
