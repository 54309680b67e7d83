using System.Globalization;
using System.Text;
using ActorSockets.Benchmarks.Load;
using ActorSockets.Benchmarks.Measuring;
using Microsoft.VisualBasic.FileIO;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>Every single run, for those who want to reckon for themselves, and to be reported again.</summary>
internal static class CsvReport
{
    private const string Header =
        "round,workload,subject,open_loop_percent,offered_per_second,per_second,saturated,cost,messages,lost,seconds,p50_us,p90_us,p99_us,p999_us,max_us,rss_kib,allocated_bytes_per_message,client_cpu_share,client_bound";

    private const string FactPrefix = "# ";

    public static string Write(IReadOnlyDictionary<string, string> machine, IReadOnlyList<Run> runs)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in machine)
        {
            text.Append(null, $"{FactPrefix}{name}: {value}\n");
        }

        text.Append(null, $"{Header}\n");
        foreach (var run in runs)
        {
            var load = run.Load;
            var latencies = run.IsSaturated ? null : load;
            object?[] cells =
            [
                run.Round, run.Workload, $"\"{run.Subject}\"", run.OpenLoop, run.OfferedRate, run.Rate, run.IsSaturated, run.Cost,
                load?.Messages, load?.Lost, load?.Seconds, latencies?.P50, latencies?.P90, latencies?.P99, latencies?.P999, latencies?.Max,
                run.ResidentKib, run.AllocatedPerMessage, run.ClientCpuShare, run.IsClientBound,
            ];
            text.AppendJoin(',', cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What <see cref="Write"/> has written.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (IReadOnlyDictionary<string, string> Machine, IReadOnlyList<Run> Runs) Read(string path)
    {
        var machine = new OrderedDictionary<string, string>();
        foreach (var fact in File.ReadLines(path).TakeWhile(line => line.StartsWith(FactPrefix, StringComparison.Ordinal)))
        {
            var colon = fact.IndexOf(": ", StringComparison.Ordinal);
            machine.Add(fact[FactPrefix.Length..colon], fact[(colon + 2)..]);
        }

        using var parser = new TextFieldParser(path) { Delimiters = [","], CommentTokens = ["#"] };
        var columns = parser.ReadFields()!.Index().ToDictionary(column => column.Item, column => column.Index);
        var runs = new List<Run>();
        while (parser.ReadFields() is { } cells)
        {
            runs.Add(ToRun(name => cells[columns[name]]));
        }

        return (machine, runs);
    }

    private static Run ToRun(Func<string, string> cell)
    {
        var seconds = Number("seconds");
        var load = seconds is null
            ? null
            : new LoadResult(
                (long)Number("messages")!,
                InTime: 0,
                (long)Number("lost")!,
                seconds.Value,
                Number("client_cpu_share")!.Value * seconds.Value,
                Number("p50_us") ?? 0,
                Number("p90_us") ?? 0,
                Number("p99_us") ?? 0,
                Number("p999_us") ?? 0,
                Number("max_us") ?? 0);
        return new Run((int)Number("round")!, cell("workload"), cell("subject"), Number("cost")!.Value, Number("per_second")!.Value, load, (long)Number("rss_kib")!)
        {
            OpenLoop = (int?)Number("open_loop_percent"),
            OfferedRate = Number("offered_per_second"),
            AllocatedPerMessage = Number("allocated_bytes_per_message"),
        };

        double? Number(string name) => cell(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
    }
}
