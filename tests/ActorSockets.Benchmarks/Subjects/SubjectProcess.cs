using System.Globalization;
using ActorSockets.Benchmarks.Processes;

namespace ActorSockets.Benchmarks.Subjects;

/// <summary>A subject that serves, on the first core.</summary>
internal sealed class SubjectProcess : IAsyncDisposable
{
    private const int Core = 0;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PinnedProcess _process;
    private readonly Subject _subject;

    private SubjectProcess(PinnedProcess process, Subject subject, string endpoint) => (_process, _subject, Endpoint) = (process, subject, endpoint);

    /// <summary>Where it listens.</summary>
    public string Endpoint { get; }

    public double CpuSeconds => ProcessTree.CpuSeconds(_process.Id);

    public long ResidentKib => ProcessTree.ResidentKib(_process.Id);

    /// <exception cref="ToolchainMissingException">It cannot be made here, or does not know what it is asked for.</exception>
    /// <exception cref="SubjectFailedException">It does not start.</exception>
    public static async Task<SubjectProcess> StartAsync(
        Subject subject, string endpoint, Behaviour behaviour, BuildFolder folder, CancellationToken cancellationToken)
    {
        string[] command =
        [
            .. subject.Toolchain.Prepare(folder.Path), endpoint, behaviour.ToString().ToLowerInvariant(), folder.Certificate, folder.Key, .. subject.Options,
        ];
        var process = PinnedProcess.Start(Core, command);
        try
        {
            var answer = await process.ReadLineAsync(Patience, cancellationToken);
            return answer?.Split(' ', 2) switch
            {
                ["ready", var port] => new SubjectProcess(process, subject, endpoint.Replace(":0", $":{port}", StringComparison.Ordinal)),
                ["unknown", var reason] => throw new ToolchainMissingException(reason.Split(';')[0]),
                _ => throw new SubjectFailedException($"does not start: {answer}{process.Error}"),
            };
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Bytes that it has allocated so far; null where it cannot tell.</summary>
    public async Task<long?> AllocatedAsync(CancellationToken cancellationToken) => _subject.AnswersQuestions
        ? long.Parse(await AskAsync("allocated", cancellationToken), CultureInfo.InvariantCulture)
        : null;

    /// <summary>Has it give back the memory that it does not need, where that can be asked for.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        if (_subject.AnswersQuestions)
        {
            await AskAsync("collect", cancellationToken);
        }
    }

    /// <exception cref="SubjectFailedException">It has died.</exception>
    public void ThrowIfDead()
    {
        if (_process.HasExited)
        {
            throw new SubjectFailedException($"died: {_process.Error}");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<string> AskAsync(string question, CancellationToken cancellationToken)
    {
        ThrowIfDead();
        _process.WriteLine(question);
        return await _process.ReadLineAsync(Patience, cancellationToken) ?? throw new SubjectFailedException($"died: {_process.Error}");
    }
}
