using System.Diagnostics;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>OpenSSL's own client, where the machine has it.</summary>
internal static class OpenSsl
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Sends a line, and leaves when it is answered or the server has closed.</summary>
    /// <param name="line">The line.</param>
    /// <param name="answer">How the line ends with which it is answered.</param>
    /// <param name="arguments">Of <c>s_client</c>.</param>
    /// <returns>All that it has written.</returns>
    public static async Task<string> RunAsync(string line, string answer, params string[] arguments)
    {
        Skip.IfNot(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Join(directory, "openssl"))), "openssl is missing");
        using var process = Process.Start(new ProcessStartInfo("openssl", ["s_client", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = new StringBuilder();
        try
        {
            await process.StandardInput.WriteAsync($"{line}\n");
            await process.StandardInput.FlushAsync();
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Deadline) is { } written)
            {
                output.Append(written).Append('\n');

                // It writes about sessions at the same time, and does not always end its lines.
                if (written.EndsWith(answer, StringComparison.Ordinal))
                {
                    process.StandardInput.Close();
                }
            }

            return output.Append(await errors.WaitAsync(Deadline)).ToString();
        }
        catch (IOException)
        {
            // It has ended before it took its input.
            return output.Append(await process.StandardOutput.ReadToEndAsync().WaitAsync(Deadline)).Append(await errors.WaitAsync(Deadline)).ToString();
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
