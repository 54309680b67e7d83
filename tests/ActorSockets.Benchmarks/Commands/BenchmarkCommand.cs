using System.CommandLine;
using System.Globalization;
using ActorSockets.Benchmarks.Load;
using ActorSockets.Benchmarks.Measuring;
using ActorSockets.Benchmarks.Parts;
using ActorSockets.Benchmarks.Reports;
using ActorSockets.Benchmarks.Subjects;
using ActorSockets.Benchmarks.Workloads;

namespace ActorSockets.Benchmarks.Commands;

/// <summary>Measures what the servers cost, and writes it down.</summary>
internal sealed class BenchmarkCommand
{
    private static readonly BenchmarkOptions Smoke = new(Rounds: 1, Warmup: 0.2, Seconds: 1, OpenLoops: [], MaxIdle: 1000);

    // As many as keep two cores busy while others start.
    private const int SmokeAtATime = 4;

    private readonly Option<int> _rounds = new("--rounds") { Description = "How often everything is measured.", DefaultValueFactory = _ => 5 };
    private readonly Option<double> _warmup = new("--warmup") { Description = "Seconds before each measurement.", DefaultValueFactory = _ => 5 };
    private readonly Option<double> _seconds = new("--seconds") { Description = "Seconds of each measurement.", DefaultValueFactory = _ => 10 };
    private readonly Option<int[]> _openLoops = new("--open-loop")
    {
        Description = "Rates of the open loop, in percent of the closed loop's, separated by commas; none: no open loop.",
        DefaultValueFactory = _ => [50, 75, 90],
        CustomParser = argument => argument.Tokens[0].Value is "none" ? [] : [.. argument.Tokens[0].Value.Split(',').Select(int.Parse)],
    };

    private readonly Option<string> _only = new("--only") { Description = $"Workloads, separated by commas: {string.Join(", ", WorkloadCatalog.All.Select(workload => workload.Name))}.", DefaultValueFactory = _ => "" };
    private readonly Option<string> _subjects = new("--subjects") { Description = "Parts of the names of subjects, separated by commas.", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _smoke = new("--smoke") { Description = "Only sees whether everything works: each subject and workload once, for a second, several at a time." };
    private readonly Option<bool> _parts = new("--parts") { Description = "Measures the parts of the library with BenchmarkDotNet instead." };
    private readonly Option<DirectoryInfo?> _from = new("--from") { Description = "Measures nothing, and reports again what was measured: a directory with results." };
    private readonly Option<FileInfo?> _readme = new("--readme") { Description = "The file that shows what was measured, between its marks; all figures go beside it." };
    private readonly Option<DirectoryInfo> _output = new("--output") { Description = "Where the results go.", DefaultValueFactory = _ => new DirectoryInfo("artifacts/bench") };

    public RootCommand Create()
    {
        var root = new RootCommand("What a message costs: ActorSockets and others.") { _rounds, _warmup, _seconds, _openLoops, _only, _subjects, _smoke, _parts, _from, _readme, _output };
        root.SetAction(RunAsync);
        return root;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var output = arguments.GetValue(_output)!.FullName;
        if (arguments.GetValue(_parts))
        {
            return PartBenchmarks.Run(Path.Combine(output, "parts"));
        }

        if (arguments.GetValue(_from)?.FullName is { } from)
        {
            var (machine, runs) = CsvReport.Read(Path.Combine(from, BenchmarkReport.Csv));
            Write(arguments, from, new BenchmarkReport(machine, runs));
            return 0;
        }

        return await MeasureAsync(arguments, output, cancellationToken);
    }

    private async Task<int> MeasureAsync(ParseResult arguments, string output, CancellationToken cancellationToken)
    {
        var isSmoke = arguments.GetValue(_smoke);
        var options = isSmoke ? Smoke : new BenchmarkOptions(arguments.GetValue(_rounds), arguments.GetValue(_warmup), arguments.GetValue(_seconds), arguments.GetValue(_openLoops)!);
        var (start, results) = (DateTimeOffset.Now, new Results());
        var folder = new BuildFolder(Path.Combine(output, "build"));
        try
        {
            var load = LoadGenerator.Build(folder);
            var workloads = Selection.Workloads(Words(arguments, _only), load, folder, results);
            var benchmark = new Benchmark(new Measurement(load, folder, options), workloads, Selection.Subjects(Words(arguments, _subjects), results), results);
            await benchmark.RunAsync(options.Rounds, isSmoke ? SmokeAtATime : 1, cancellationToken);
        }
        catch (ToolchainMissingException exception)
        {
            results.Fail("the load generator", exception.Message);
        }
        catch (OperationCanceledException)
        {
            results.Fail("the benchmark", "it was stopped; what was measured until then follows");
        }

        var report = new BenchmarkReport(Machine.Describe(start, Environment.GetCommandLineArgs().Skip(1), results), results.Runs);
        Write(arguments, Path.Combine(output, start.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)), report);
        ConsoleReport.Write(report.Tables, results);
        if (isSmoke)
        {
            Console.WriteLine(results.Failures.Count == 0 ? "smoke: passed" : "smoke: FAILED");
        }

        return results.Failures.Count == 0 ? 0 : 1;
    }

    private void Write(ParseResult arguments, string directory, BenchmarkReport report)
    {
        report.Write(directory);
        Console.WriteLine($"results: {directory}");
        if (report.Tables.Count > 0 && arguments.GetValue(_readme) is { } readme)
        {
            report.Show(readme);
        }
    }

    private static string[] Words(ParseResult arguments, Option<string> option) =>
        arguments.GetValue(option)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
