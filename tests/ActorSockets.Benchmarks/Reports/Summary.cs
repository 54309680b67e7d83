using ActorSockets.Benchmarks.Load;
using ActorSockets.Benchmarks.Measuring;
using ActorSockets.Benchmarks.Subjects;
using ActorSockets.Benchmarks.Workloads;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>What one subject has come to in one workload and loop, over all rounds.</summary>
internal sealed class Summary
{
    private readonly IReadOnlyList<Run> _runs;

    private Summary(Workload workload, Subject subject, int? openLoop, IReadOnlyList<Run> runs) =>
        (Workload, Subject, OpenLoop, _runs) = (workload, subject, openLoop, runs);

    public Workload Workload { get; }

    public Subject Subject { get; }

    public int? OpenLoop { get; }

    public int Rounds => _runs.Count;

    public Statistic Cost => Of(run => run.Cost)!.Value;

    public Statistic Rate => Of(run => run.Rate)!.Value;

    public Statistic? OfferedRate => Of(run => run.OfferedRate);

    public Statistic? AllocatedPerMessage => Of(run => run.AllocatedPerMessage);

    public Statistic ResidentMib => Of(run => run.ResidentKib / 1024.0)!.Value;

    public Statistic? ClientCpuShare => Of(run => run.ClientCpuShare);

    /// <summary>Which of its runs the load generator was the limit of, as text; nothing where none was.</summary>
    public string ClientBound => Mark("client-bound", run => run.IsClientBound);

    /// <summary>Which of its runs did not keep up, as text; nothing where all did.</summary>
    public string Saturated => Mark("saturated", run => run.IsSaturated);

    /// <summary>The cost by that of what it is compared with in the same round, so that what the machine did meanwhile meets both; the median of that. Null where there is nothing.</summary>
    public double? Ratio { get; private set; }

    /// <summary>The name of what it is compared with.</summary>
    public string? Baseline { get; private set; }

    /// <summary>A latency in µs, of the runs that are not saturated.</summary>
    public Statistic? Latency(Func<LoadResult, double> select) => Of(run => run.Load is null || run.IsSaturated ? null : select(run.Load));

    /// <summary>In the order of the catalogues.</summary>
    public static IReadOnlyList<Summary> OfAll(IReadOnlyList<Run> runs)
    {
        var summaries = (
            from workload in WorkloadCatalog.All
            from subject in SubjectCatalog.All
            from loop in runs.Where(run => run.Workload == workload.Name && run.Subject == subject.Name).GroupBy(run => run.OpenLoop).OrderBy(loop => loop.Key ?? 0)
            select new Summary(workload, subject, loop.Key, [.. loop])).ToList();
        foreach (var summary in summaries.Where(summary => summary.OpenLoop is null))
        {
            summary.CompareWith(summaries.Find(other => other.OpenLoop is null && summary.IsComparedWith(other)));
        }

        return summaries;
    }

    private bool IsComparedWith(Summary other) => Workload.ComparedWith is { } sibling
        ? other.Workload.Name == sibling && other.Subject == Subject
        : other.Workload == Workload && !other.Subject.IsOurs;

    private void CompareWith(Summary? other)
    {
        if (other is not null)
        {
            var ratio = Of(run => run.Cost / other._runs.FirstOrDefault(counterpart => counterpart.Round == run.Round)?.Cost);
            (Ratio, Baseline) = (ratio?.Median, Workload.ComparedWith ?? other.Subject.Name);
        }
    }

    private string Mark(string what, Func<Run, bool> isMarked)
    {
        var marked = _runs.Count(isMarked);
        return marked == 0 ? "" : marked == _runs.Count ? $", {what}" : $", {marked} of {_runs.Count} {what}";
    }

    private Statistic? Of(Func<Run, double?> select) => Statistic.Of(_runs.Select(select));
}
