using System.Diagnostics;

namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>A child process that is none of the library's business. It ends with a given exit code when its input ends.</summary>
internal sealed class ChildProcess(string exitCode) : IDisposable
{
    private readonly Process _process = Process.Start(
        new ProcessStartInfo("sh", ["-c", $"read line; exit {exitCode}"]) { RedirectStandardInput = true })!;

    public async Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose() => _process.Dispose();
}
