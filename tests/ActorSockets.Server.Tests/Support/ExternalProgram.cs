using System.Diagnostics;

namespace ActorSockets.Server.Tests.Support;

/// <summary>Programs of other people, as clients.</summary>
internal static class ExternalProgram
{
    /// <summary>Skips the test when the program is missing.</summary>
    public static void Require(string name)
    {
        var found = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, name)));
        Skip.IfNot(found, $"{name} is missing");
    }

    public static async Task<string> RunAsync(string name, string[] arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            return await output.WaitAsync(Deadline.Long);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
