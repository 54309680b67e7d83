using System.Diagnostics;
using System.Reflection;

namespace ActorSockets.Conformance.Tests;

/// <summary>The Python that runs the cases.</summary>
internal static class Python
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Why it cannot; null: it can.</summary>
    public static string? WhyNot { get; } = FindOut();

    /// <summary>Runs <c>tests/conformance/run.py</c> to its end.</summary>
    public static string Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return ReadToEnd(process);
    }

    /// <summary>Starts <c>tests/conformance/run.py</c> with our host.</summary>
    public static Process Start(params string[] arguments) =>
        StartPython([Build("RunnerPath"), "--ours", $"dotnet '{Build("HostAssemblyPath")}'", .. arguments]);

    private static string? FindOut()
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, "python3"))))
        {
            return "python3 is missing";
        }

        using var process = StartPython(["-c", "import sys; print(sys.version_info >= (3, 11))"]);
        return ReadToEnd(process).Trim() == "True" ? null : "python3 is older than 3.11";
    }

    // -B: the sources are the repository's, where nothing is to be written.
    private static Process StartPython(string[] arguments) =>
        Process.Start(new ProcessStartInfo("python3", ["-B", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static string ReadToEnd(Process process)
    {
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            Assert.True(output.Wait(Deadline), "python3 has not ended in time");
            return output.Result;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static string Build(string key) => typeof(Python).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
