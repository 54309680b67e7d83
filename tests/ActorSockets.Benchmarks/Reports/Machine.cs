using System.Globalization;
using System.Runtime.InteropServices;
using ActorSockets.Benchmarks.Measuring;
using ActorSockets.Benchmarks.Processes;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>What must be known about a benchmark to do it again.</summary>
internal static class Machine
{
    private static readonly string[] Variables =
        ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "DOTNET_gcServer", "DOTNET_TieredPGO"];

    public static IReadOnlyDictionary<string, string> Describe(DateTimeOffset start, IEnumerable<string> arguments, Results results) => new OrderedDictionary<string, string>
    {
        ["date"] = start.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture),
        ["processor"] = $"{Processor()}, {Environment.ProcessorCount} cores: the server on core 0, the load on core 1",
        ["kernel"] = $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.OSDescription}",
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["variables"] = string.Join(", ", Variables.Select(name => $"{name} {Environment.GetEnvironmentVariable(name) ?? "not set"}")),
        ["command"] = string.Join(' ', ["dotnet cake --target=Bench", .. arguments.Select(argument => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument)]),
        ["commit"] = ExternalProgram.TryRun(["git", "describe", "--always", "--dirty", "--abbrev=12"], out _) ?? "unknown",
        ["left out"] = Listed(results.LeftOut),
        ["failed"] = Listed(results.Failures),
    };

    private static string Listed(IReadOnlyList<string> lines) => lines.Count == 0 ? "nothing" : string.Join("; ", lines.Select(line => line.ReplaceLineEndings(" ")));

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? $"{RuntimeInformation.ProcessArchitecture}";
}
