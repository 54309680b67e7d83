using ActorSockets.Benchmarks.Load;

namespace ActorSockets.Benchmarks.Measuring;

/// <summary>One measurement.</summary>
/// <param name="Cost">In the workload's unit.</param>
/// <param name="Rate">Messages per second that were answered.</param>
/// <param name="Load">What the load generator has counted; null where there was nothing to count.</param>
internal sealed record Run(int Round, string Workload, string Subject, double Cost, double Rate, LoadResult? Load, long ResidentKib)
{
    // More is needed of a core than it has when everything is counted in.
    private const double FullClient = 0.9;
    private const double SaturatedBelow = 0.99;

    /// <summary>Percent of the closed loop's rate that were offered; null: the closed loop itself.</summary>
    public int? OpenLoop { get; init; }

    public double? OfferedRate { get; init; }

    public double? AllocatedPerMessage { get; init; }

    public double? ClientCpuShare => Load is null ? null : Load.ClientCpuSeconds / Load.Seconds;

    /// <summary>The load generator was the limit: the rate and the latencies are its own. The open loop spins on purpose.</summary>
    public bool IsClientBound => OpenLoop is null && ClientCpuShare >= FullClient;

    /// <summary>It did not keep up with what was offered; its latencies only say how long that went on.</summary>
    public bool IsSaturated => Rate < SaturatedBelow * OfferedRate;
}
