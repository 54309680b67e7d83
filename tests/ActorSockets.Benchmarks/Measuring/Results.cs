namespace ActorSockets.Benchmarks.Measuring;

/// <summary>What has come of all measurements so far. Safe for concurrent use.</summary>
internal sealed class Results
{
    private readonly Lock _lock = new();
    private readonly List<Run> _runs = [];
    private readonly List<string> _leftOut = [];
    private readonly List<string> _failures = [];

    public IReadOnlyList<Run> Runs => Copy(_runs);

    /// <summary>What could not be measured here, and why.</summary>
    public IReadOnlyList<string> LeftOut => Copy(_leftOut);

    /// <summary>What went wrong.</summary>
    public IReadOnlyList<string> Failures => Copy(_failures);

    public void Add(IEnumerable<Run> runs)
    {
        lock (_lock)
        {
            _runs.AddRange(runs);
        }
    }

    /// <returns>False when that was known.</returns>
    public bool LeaveOut(string what, string why)
    {
        var line = $"{what}: {why}";
        lock (_lock)
        {
            if (_leftOut.Contains(line))
            {
                return false;
            }

            _leftOut.Add(line);
            return true;
        }
    }

    public void Fail(string what, string why)
    {
        lock (_lock)
        {
            _failures.Add($"{what}: {why}");
        }
    }

    private T[] Copy<T>(List<T> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }
}
