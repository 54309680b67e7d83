using System.Globalization;
using ActorSockets.Benchmarks.Workloads;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>A table, wherever it is shown.</summary>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const string Nothing = "–";

    /// <summary>One table per workload, and one more for its open loops.</summary>
    public static IEnumerable<ReportTable> OfAll(IReadOnlyList<Summary> summaries)
    {
        foreach (var workload in summaries.GroupBy(summary => summary.Workload))
        {
            var closed = workload.Where(summary => summary.OpenLoop is null).ToList();
            yield return workload.Key.IdleConnections > 0 ? OfIdle(workload.Key, closed) : OfClosed(workload.Key, closed);
            var open = workload.Where(summary => summary.OpenLoop is not null).OrderBy(summary => summary.OpenLoop).ToList();
            if (open.Count > 0)
            {
                yield return OfOpen(workload.Key, open);
            }
        }
    }

    private static ReportTable OfClosed(Workload workload, List<Summary> summaries) => new(
        workload.Title,
        ["subject", workload.Unit, RatioColumn(summaries), "per second", "p50 µs", "p99 µs", "p99.9 µs", "RSS MiB", "allocated B", "client CPU"],
        [.. summaries.Select(summary => (IReadOnlyList<string>)
        [
            summary.Subject.Name,
            summary.Cost.ToString(),
            Number(summary.Ratio, "0.00"),
            summary.Rate.Format("#,0"),
            Median(summary.Latency(load => load.P50), "#,0.#"),
            Median(summary.Latency(load => load.P99), "#,0.#"),
            Median(summary.Latency(load => load.P999), "#,0.#"),
            Median(summary.ResidentMib, "0"),
            Median(summary.AllocatedPerMessage, "#,0.#"),
            Median(summary.ClientCpuShare, "0 %") + summary.ClientBound,
        ])]);

    private static ReportTable OfIdle(Workload workload, List<Summary> summaries) => new(
        workload.Title,
        ["subject", workload.Unit, RatioColumn(summaries), "RSS MiB"],
        [.. summaries.Select(summary => (IReadOnlyList<string>)
            [summary.Subject.Name, summary.Cost.ToString(), Number(summary.Ratio, "0.00"), Median(summary.ResidentMib, "0")])]);

    private static ReportTable OfOpen(Workload workload, List<Summary> summaries) => new(
        $"{workload.Title}, open loop (latency from the intended send time)",
        ["subject", "offered", "offered per second", "per second", workload.Unit, "p50 µs", "p99 µs", "p99.9 µs"],
        [.. summaries.Select(summary => (IReadOnlyList<string>)
        [
            summary.Subject.Name,
            $"{summary.OpenLoop} %",
            Median(summary.OfferedRate, "#,0"),
            Median(summary.Rate, "#,0") + summary.Saturated,
            summary.Cost.ToString(),
            Median(summary.Latency(load => load.P50), "#,0.#"),
            Median(summary.Latency(load => load.P99), "#,0.#"),
            Median(summary.Latency(load => load.P999), "#,0.#"),
        ])]);

    private static string RatioColumn(List<Summary> summaries) =>
        summaries.Find(summary => summary.Baseline is not null)?.Baseline is { } baseline ? $"× {baseline}" : "ratio";

    private static string Median(Statistic? statistic, string format) => Number(statistic?.Median, format);

    private static string Number(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? Nothing;
}
