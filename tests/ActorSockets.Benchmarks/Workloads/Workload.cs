using ActorSockets.Benchmarks.Subjects;

namespace ActorSockets.Benchmarks.Workloads;

/// <summary>What the subjects are put to.</summary>
/// <param name="Name">For the command line and the CSV.</param>
/// <param name="Title">For tables and the chart.</param>
/// <param name="Services">The subjects that have one of these take part.</param>
/// <param name="Load">Arguments of the load generator.</param>
internal sealed record Workload(string Name, string Title, Service Services, params string[] Load)
{
    public string Scheme { get; init; } = "tcp";

    public Behaviour Behaviour { get; init; } = Behaviour.Echo;

    /// <summary>What one of is counted.</summary>
    public string Unit { get; init; } = "CPU-µs per message";

    /// <summary>In the README's chart as well.</summary>
    public bool IsHeadline { get; init; }

    /// <summary>Also measured at fixed rates.</summary>
    public bool HasOpenLoop { get; init; }

    /// <summary>The connections are there and do nothing; what is measured is memory.</summary>
    public int IdleConnections { get; init; }

    /// <summary>The workload whose result of the same subject this one is compared with, instead of a peer's.</summary>
    public string? ComparedWith { get; init; }

    /// <param name="number">Makes paths unlike any other's.</param>
    public string Endpoint(int number) => Scheme == "unix"
        ? $"unix:{Path.Combine(Path.GetTempPath(), $"bench-{System.Environment.ProcessId}-{number}.sock")}"
        : $"{Scheme}://127.0.0.1:0";
}
