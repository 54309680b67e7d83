using System.Diagnostics;
using System.Text.Json;

namespace ActorSockets.Conformance.Tests;

/// <summary>The runner of the cases as one process for all tests of a class; it runs what it is asked for.</summary>
public sealed class CaseRunner : IDisposable
{
    // A case ends within 30 seconds by itself.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lazy<Process> _process = new(() => Python.Start("--each"));

    /// <summary>All cases wherever they run; none without Python.</summary>
    internal static IReadOnlyList<Pair> Pairs { get; } =
        Python.WhyNot is null ? JsonSerializer.Deserialize<List<Pair>>(Python.Run("--list"), Json)! : [];

    /// <summary>Runs one case in one place.</summary>
    public async Task<PairResult> RunAsync(string id, string subject, string endpoint, string dispatcher)
    {
        await _process.Value.StandardInput.WriteLineAsync($"{id} {subject} {endpoint} {dispatcher}");
        var line = await _process.Value.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
        return JsonSerializer.Deserialize<PairResult>(line ?? throw new EndOfStreamException("the runner has ended"), Json)!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process.IsValueCreated)
        {
            // The end of its input is its end, and that of the subjects that it may have left.
            _process.Value.StandardInput.Close();
            _process.Value.WaitForExit(Deadline);
            _process.Value.Dispose();
        }
    }
}
