using System.Globalization;
using System.Text;
using ActorSockets.Benchmarks.Measuring;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>Every single run, for those who want to reckon for themselves.</summary>
internal static class CsvReport
{
    private const string Header =
        "round,workload,subject,open_loop_percent,offered_per_second,per_second,saturated,cost,messages,lost,seconds,p50_us,p90_us,p99_us,p999_us,max_us,rss_kib,allocated_bytes_per_message,client_cpu_share,client_bound";

    public static string Write(IReadOnlyList<(string Name, string Value)> machine, IReadOnlyList<Run> runs)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in machine)
        {
            text.Append(null, $"# {name}: {value}\n");
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
}
