namespace ActorSockets.Benchmarks.Measuring;

/// <summary>How much is measured.</summary>
/// <param name="Warmup">Seconds before each measurement.</param>
/// <param name="Seconds">Seconds of each measurement.</param>
/// <param name="OpenLoops">The rates of the open loop, in percent of the closed loop's.</param>
/// <param name="MaxIdle">The most idle connections.</param>
internal sealed record BenchmarkOptions(int Rounds, double Warmup, double Seconds, IReadOnlyList<int> OpenLoops, int MaxIdle = int.MaxValue);
