using ActorSockets.Benchmarks.Load;
using ActorSockets.Benchmarks.Processes;
using ActorSockets.Benchmarks.Subjects;
using ActorSockets.Benchmarks.Workloads;

namespace ActorSockets.Benchmarks.Measuring;

/// <summary>Starts a subject, puts it to a workload, and looks at it before and after, while it is idle.</summary>
internal sealed class Measurement(LoadGenerator load, BuildFolder folder, BenchmarkOptions options)
{
    private static int _endpoints;

    /// <exception cref="ToolchainMissingException">It is to be left out.</exception>
    /// <exception cref="SubjectFailedException">It does not do what it should.</exception>
    public async Task<IReadOnlyList<Run>> RunAsync(Workload workload, Subject subject, int round, CancellationToken cancellationToken)
    {
        var endpoint = workload.Endpoint(Interlocked.Increment(ref _endpoints));
        await using var server = await SubjectProcess.StartAsync(subject, endpoint, workload.Behaviour, folder, cancellationToken);
        try
        {
            var identity = new Run(round, workload.Name, subject.Name, 0, 0, null, 0);
            return workload.IdleConnections > 0
                ? [await MeasureIdleAsync(identity, workload, server, cancellationToken)]
                : await MeasureLoopsAsync(identity, workload, server, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it looked like from outside: that it died is the better explanation.
            server.ThrowIfDead();
            throw;
        }
        finally
        {
            if (workload.Scheme == "unix")
            {
                File.Delete(endpoint["unix:".Length..]);
            }
        }
    }

    private async Task<IReadOnlyList<Run>> MeasureLoopsAsync(Run identity, Workload workload, SubjectProcess server, CancellationToken cancellationToken)
    {
        var closed = await MeasureLoadAsync(identity, workload, [], server, cancellationToken);
        var runs = new List<Run> { closed };
        foreach (var percent in workload.HasOpenLoop ? options.OpenLoops : [])
        {
            var rate = closed.Rate * percent / 100;
            var open = identity with { OpenLoop = percent, OfferedRate = rate };
            runs.Add(await MeasureLoadAsync(open, workload, ["--mode=open", FormattableString.Invariant($"--rate={rate}")], server, cancellationToken));
        }

        return runs;
    }

    private async Task<Run> MeasureLoadAsync(Run identity, Workload workload, IEnumerable<string> arguments, SubjectProcess server, CancellationToken cancellationToken)
    {
        await using var run = load.Start(server.Endpoint, [.. workload.Load, .. arguments], options.Warmup, options.Seconds);
        await run.WarmUpAsync(cancellationToken);
        var (allocated, cpu) = (await server.AllocatedAsync(cancellationToken), server.CpuSeconds);
        var result = await run.MeasureAsync(cancellationToken);
        var (cpuUsed, resident) = (server.CpuSeconds - cpu, server.ResidentKib);
        if (result.Messages == 0)
        {
            throw new SubjectFailedException($"no answer at all, {result.Lost} lost");
        }

        return identity with
        {
            Cost = cpuUsed * 1e6 / result.Messages,
            Rate = identity.OpenLoop is null ? result.Messages / result.Seconds : result.InTime / options.Seconds,
            Load = result,
            ResidentKib = resident,
            AllocatedPerMessage = (double?)(await server.AllocatedAsync(cancellationToken) - allocated) / result.Messages,
        };
    }

    private async Task<Run> MeasureIdleAsync(Run identity, Workload workload, SubjectProcess server, CancellationToken cancellationToken)
    {
        // What the first connections bring along (code, pools) is not a cost of each.
        await using (var first = load.Start(server.Endpoint, ["--connections=50"], options.Warmup, 0))
        {
            await first.WarmUpAsync(cancellationToken);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        await server.CollectAsync(cancellationToken);
        var before = server.ResidentKib;
        var connections = Math.Min(workload.IdleConnections, options.MaxIdle);
        await using var idle = load.Start(server.Endpoint, [$"--connections={connections}"], 0, 0);
        await idle.WarmUpAsync(cancellationToken);

        // A server may need a while to see that nothing more comes, and to give buffers back.
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), cancellationToken);
        await server.CollectAsync(cancellationToken);
        var resident = server.ResidentKib;
        return identity with { Cost = (double)(resident - before) / connections, ResidentKib = resident };
    }
}
