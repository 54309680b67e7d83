using System.Diagnostics;
using System.Text;

namespace ActorSockets.Benchmarks.Processes;

/// <summary>A process on one core, which is talked to in lines.</summary>
internal sealed class PinnedProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();

    private PinnedProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has complained about so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString().Trim();
            }
        }
    }

    public static PinnedProcess Start(int core, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("taskset", ["-c", $"{core}", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // On a machine with one processor .NET compiles its best code ten times as late, which is what it takes a pinned process for.
        start.Environment["DOTNET_TC_DelaySingleProcMultiplier"] = "1";
        return new PinnedProcess(Process.Start(start)!);
    }

    /// <returns>The next line; null when there is none any more.</returns>
    /// <exception cref="SubjectFailedException">It did not come in time.</exception>
    public async Task<string?> ReadLineAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(timeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new SubjectFailedException($"silent for {timeout.TotalSeconds:0} s. {Error}".Trim());
        }
    }

    public void WriteLine(string line) => _process.StandardInput.WriteLine(line);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (_error)
        {
            // The first lines say what is wrong.
            if (line is not null && _error.Length < 1000)
            {
                _error.AppendLine(line);
            }
        }
    }
}
