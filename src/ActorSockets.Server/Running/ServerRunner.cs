using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;

namespace ActorSockets.Server.Running;

/// <summary>One run of the program, from the first bind to the last connection.</summary>
internal sealed class ServerRunner(ServerPlan plan, string? readyFilePath)
{
    // What is left after a cut is not worth waiting for.
    private static readonly TimeSpan HurryTimeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(2);

    // Delays take no more; nobody waits so long.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(20);

    /// <returns>The exit code.</returns>
    /// <exception cref="Akka.Configuration.ConfigurationException">Something is wrong that shows only when it is used.</exception>
    public async Task<int> RunAsync()
    {
        using var signals = new StopSignals();
        using var readyFile = readyFilePath is null ? null : new ReadyFile(readyFilePath);
        var system = plan.CreateSystem();
        var fleet = new ServerFleet(system);
        try
        {
            await fleet.StartAsync(plan.Servers, signals.FirstToken);
            ServerTable.PrintRunning(fleet.Bound);
            readyFile?.Write(fleet.Bound);
            return await ServeAsync(fleet, signals);
        }
        catch (OperationCanceledException) when (signals.First.IsCompleted)
        {
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is EndpointBindException or IOException or UnauthorizedAccessException)
        {
            ErrorLine.Write(exception.Message);
            return ExitCode.Failure;
        }
        finally
        {
            await WithinAsync(system.Terminate(), signals.Second.IsCompleted ? HurryTimeout : TerminationTimeout);
        }
    }

    private async Task<int> ServeAsync(ServerFleet fleet, StopSignals signals)
    {
        await Task.WhenAny(signals.First, fleet.WhenFailedOrGone());
        foreach (var (name, failure) in fleet.Failed)
        {
            ErrorLine.Write($"server '{name}' failed: {failure.Message}");
        }

        // A handler that blocks its thread cannot be cut, and is not waited for.
        var drained = WithinAsync(fleet.DrainAsync(), plan.LongestDrain + TerminationTimeout);
        if (await Task.WhenAny(drained, signals.Second) != drained)
        {
            await WithinAsync(fleet.AbortAsync(), HurryTimeout);
        }

        return fleet.Failed.Any() ? ExitCode.Failure : ExitCode.Success;
    }

    private static async Task WithinAsync(Task task, TimeSpan timeout) =>
        await await Task.WhenAny(task, Task.Delay(timeout < LongestDelay ? timeout : LongestDelay));
}
