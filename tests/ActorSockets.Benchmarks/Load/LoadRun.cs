using System.Text.Json;
using ActorSockets.Benchmarks.Processes;

namespace ActorSockets.Benchmarks.Load;

/// <summary>One run of the load generator: warm-up, a pause in which the server can be looked at, and the measurement.</summary>
internal sealed class LoadRun(PinnedProcess process, double warmup, double seconds) : IAsyncDisposable
{
    // Connecting, and what is still to be answered when the time is over. It notices a silent server itself, and earlier.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    /// <exception cref="SubjectFailedException">The server does not do what it should.</exception>
    public Task WarmUpAsync(CancellationToken cancellationToken) => ReadLineAsync(warmup, cancellationToken);

    /// <exception cref="SubjectFailedException">The server does not do what it should.</exception>
    public async Task<LoadResult> MeasureAsync(CancellationToken cancellationToken)
    {
        process.WriteLine("go");
        return JsonSerializer.Deserialize<LoadResult>(await ReadLineAsync(seconds, cancellationToken), JsonSerializerOptions.Web)!;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task<string> ReadLineAsync(double expected, CancellationToken cancellationToken)
    {
        if (await process.ReadLineAsync(TimeSpan.FromSeconds(expected) + Margin, cancellationToken) is { } line)
        {
            return line;
        }

        // It has said why, and that line may still be on its way.
        await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        throw new SubjectFailedException(process.Error);
    }
}
