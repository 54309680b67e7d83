using ActorSockets.Benchmarks.Measuring;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>All that there is to say of a benchmark.</summary>
/// <param name="machine">What <see cref="Machine"/> says.</param>
/// <param name="runs">Every measurement.</param>
internal sealed class BenchmarkReport(IReadOnlyDictionary<string, string> machine, IReadOnlyList<Run> runs)
{
    /// <summary>The file with every run.</summary>
    public const string Csv = "runs.csv";

    private readonly IReadOnlyList<Summary> _summaries = Summary.OfAll(runs);

    public IReadOnlyList<ReportTable> Tables => [.. ReportTable.OfAll(_summaries)];

    /// <summary>Writes it into a directory, which is made.</summary>
    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "results.md"), MarkdownReport.Write(machine, Tables));
        File.WriteAllText(Path.Combine(directory, Csv), CsvReport.Write(machine, runs));
        File.WriteAllText(Path.Combine(directory, "chart.svg"), SvgChart.Write(machine, _summaries));
    }

    /// <summary>Has a README show it.</summary>
    /// <exception cref="FormatException">It has no place for that.</exception>
    public void Show(FileInfo readme)
    {
        var text = ReadmeReport.Put(File.ReadAllText(readme.FullName), machine, _summaries);
        var directory = Path.Combine(readme.DirectoryName!, ReadmeReport.Folder);
        Write(directory);
        File.WriteAllText(Path.Combine(directory, ReadmeReport.Chart), SvgChart.Write(machine, [.. _summaries.Where(summary => summary.Workload.IsHeadline)]));
        File.WriteAllText(readme.FullName, text);
    }
}
