using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ActorSockets.Benchmarks.Parts;

/// <summary>What single parts cost, without sockets.</summary>
internal static class PartBenchmarks
{
    /// <returns>The exit code: 1 where one did not run.</returns>
    public static int Run(string directory)
    {
        // In this process: BenchmarkDotNet would otherwise build a project of its own below ours, with our settings.
        var config = DefaultConfig.Instance
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .HideColumns(Column.Toolchain)
            .WithArtifactsPath(directory);
        var summaries = BenchmarkRunner.Run([typeof(FramingBenchmarks), typeof(StagingBufferBenchmarks), typeof(MailboxEdgeBenchmarks), typeof(SpawnBenchmarks)], config);
        return summaries.All(summary => summary.Reports.Length > 0 && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}
