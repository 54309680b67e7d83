using System.ComponentModel;
using System.Diagnostics;

namespace ActorSockets.Benchmarks.Processes;

/// <summary>A program that is run to its end.</summary>
internal static class ExternalProgram
{
    /// <returns>What it printed; null where it does not exist or fails, with the reason in <paramref name="error"/>.</returns>
    public static string? TryRun(IReadOnlyList<string> command, out string error)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            error = errors.Result.Trim();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            error = $"{command[0]} is not there";
            return null;
        }
    }
}
