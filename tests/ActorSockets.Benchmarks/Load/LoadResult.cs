namespace ActorSockets.Benchmarks.Load;

/// <summary>What the load generator has counted. Latencies are in microseconds.</summary>
internal sealed record LoadResult(
    long Messages, long InTime, long Lost, double Seconds, double ClientCpuSeconds, double P50, double P90, double P99, double P999, double Max);
