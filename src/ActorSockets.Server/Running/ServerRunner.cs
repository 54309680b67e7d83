using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace ActorSockets.Server.Running;

/// <summary>One run of the program, from the first bind to the last connection.</summary>
internal sealed class ServerRunner(ServerPlan plan, string? readyFile)
{
    // What is left after a cut is not worth waiting for.
    private static readonly TimeSpan HurryTimeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(5);

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        using var signals = new StopSignals();
        var system = ActorSystem.Create("actor-sockets", plan.Config);
        var fleet = new ServerFleet(system);
        try
        {
            if (await StartAsync(fleet, signals) is { } error)
            {
                await WithinAsync(fleet.AbortAsync(), TerminationTimeout);
                await WithinAsync(system.Terminate(), TerminationTimeout);
                ErrorLine.Write(error.Message);
                return error is ConfigurationException ? ExitCode.BadConfiguration : ExitCode.Failure;
            }

            return await ServeAsync(system, fleet, signals);
        }
        finally
        {
            await WithinAsync(system.Terminate(), signals.Second.IsCompleted ? HurryTimeout : TerminationTimeout);
        }
    }

    /// <returns>What made the start fail, if anything did.</returns>
    private async Task<Exception?> StartAsync(ServerFleet fleet, StopSignals signals)
    {
        try
        {
            if (readyFile is not null)
            {
                ReadyFile.Remove(readyFile);
            }

            foreach (var server in plan.Servers.TakeWhile(_ => !signals.First.IsCompleted))
            {
                await fleet.StartAsync(server);
            }

            if (signals.First.IsCompleted)
            {
                return null;
            }

            ServerTable.PrintRunning(fleet.Bound);
            if (readyFile is not null)
            {
                ReadyFile.Write(readyFile, fleet.Bound);
            }

            return null;
        }
        catch (Exception exception) when (exception is EndpointBindException or ConfigurationException or IOException or UnauthorizedAccessException)
        {
            return exception;
        }
    }

    private static async Task<int> ServeAsync(ActorSystem system, ServerFleet fleet, StopSignals signals)
    {
        await Task.WhenAny(signals.First, fleet.WhenFailedOrGone());
        foreach (var (name, failure) in fleet.Failed)
        {
            system.Log.Error(failure, "server '{0}' failed", name);
            ErrorLine.Write($"server '{name}' failed: {failure.Message}");
        }

        var drained = fleet.DrainAsync();
        if (await Task.WhenAny(drained, signals.Second) == drained)
        {
            await drained;
        }
        else
        {
            await WithinAsync(fleet.AbortAsync(), HurryTimeout);
        }

        return fleet.Failed.Any() ? ExitCode.Failure : ExitCode.Success;
    }

    private static async Task WithinAsync(Task task, TimeSpan timeout) => await Task.WhenAny(task, Task.Delay(timeout));
}
