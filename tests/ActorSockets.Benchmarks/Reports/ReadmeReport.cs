using System.Globalization;
using System.Text;
using ActorSockets.Benchmarks.Subjects;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>What the README shows of a benchmark, between two marks: a chart, and a table of all workloads.</summary>
internal static class ReadmeReport
{
    /// <summary>Where the chart and all figures are, as seen from the README.</summary>
    public const string Folder = "tests/ActorSockets.Benchmarks/Results";

    /// <summary>The chart of the README, in <see cref="Folder"/>.</summary>
    public const string Chart = "headline.svg";

    private const string Begin = "<!-- measured: written by dotnet cake --target=Bench --readme=README.md -->\n";
    private const string End = "<!-- end of what was measured -->\n";

    /// <returns>The README with what was measured in place of what stood between the marks.</returns>
    /// <exception cref="FormatException">It has no such marks.</exception>
    public static string Put(string readme, IReadOnlyDictionary<string, string> machine, IReadOnlyList<Summary> summaries)
    {
        var begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        return begin >= Begin.Length && end >= begin
            ? $"{readme[..begin]}\n{Write(machine, [.. summaries.Where(summary => summary.OpenLoop is null)])}\n{readme[end..]}"
            : throw new FormatException($"the file has no lines {Begin.TrimEnd()} and {End.TrimEnd()}");
    }

    private static string Write(IReadOnlyDictionary<string, string> machine, List<Summary> summaries)
    {
        // Another way to write what stands beside it is for the details.
        var subjects = summaries.Select(summary => summary.Subject).Distinct().Where(subject => subject.Services != Service.Variant).ToList();
        var text = new StringBuilder();
        text.Append(null, $"![Server CPU per message, by server and workload]({Folder}/{Chart})\n\n");
        text.Append(null, $"| {string.Join(" | ", subjects.Select(subject => subject.Name).Prepend("server CPU-µs per message"))} |\n");
        text.Append(null, $"|---|{string.Concat(subjects.Select(_ => "---:|"))}\n");
        foreach (var workload in summaries.GroupBy(summary => summary.Workload))
        {
            var title = workload.Key.Unit.StartsWith("CPU-µs per message", StringComparison.Ordinal) ? workload.Key.Title : $"{workload.Key.Title} ({workload.Key.Unit})";
            var cells = subjects.Select(subject => workload.FirstOrDefault(summary => summary.Subject == subject)?.Cost.Median.ToString("0.0#", CultureInfo.InvariantCulture) ?? "");
            text.Append(null, $"| {string.Join(" | ", cells.Prepend(title))} |\n");
        }

        return text.Append(null, $"""

            Medians of {summaries.Max(summary => summary.Rounds)} rounds in which the servers take turns, measured {machine["date"]} on {machine["processor"]}; {machine["runtime"]}, {machine["kernel"]}; by
            `{machine["command"]}`. [All figures]({Folder}/results.md), [each run]({Folder}/runs.csv).

            """).ToString();
    }
}
