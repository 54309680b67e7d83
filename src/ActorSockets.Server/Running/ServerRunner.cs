using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorSockets.Server.Running;

/// <summary>One run of the program, from the first bind to the last connection.</summary>
/// <param name="read">Reads the configuration, now and again when that is asked for.</param>
/// <param name="readyFilePath">The ready file; null: none.</param>
internal sealed class ServerRunner(Func<ServerPlan> read, string? readyFilePath)
{
    // What is left after a cut is not worth waiting for.
    private static readonly TimeSpan HurryTimeout = TimeSpan.FromMilliseconds(300);

    // What the end takes beside the drain.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    // Delays take no more; nobody waits so long.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(20);

    private readonly ServerPlan _plan = read();

    /// <returns>The exit code.</returns>
    /// <exception cref="Akka.Configuration.ConfigurationException">Something is wrong that shows only when it is used.</exception>
    public async Task<int> RunAsync()
    {
        using var signals = new StopSignals();
        using var reload = new ReloadSignal();
        using var readyFile = readyFilePath is null ? null : new ReadyFile(readyFilePath);
        var threshold = new LogThreshold(_plan.LogLevel);
        var builder = ServerHost.CreateBuilder(_plan, threshold);
        builder.Services.AddSingleton<IHostLifetime>(signals);

        // Never disposed of: that waits for handlers, and some never come back.
        var host = builder.Build();
        var application = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var stop = signals.First.Register(application.StopApplication);
        var stopping = application.ApplicationStopping;
        var system = host.CreateSystem();
        var fleet = new ServerFleet(_plan.Servers, system);
        var exitCode = ExitCode.Success;
        try
        {
            using (new StartOutput())
            {
                await host.StartAsync();
            }

            reload.Serve(new ConfigurationReload(read, _plan, system, threshold).Run);
            await ServeAsync(fleet, readyFile, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A signal came while the servers were starting.
        }
        catch (Exception exception) when (exception is EndpointBindException or IOException or UnauthorizedAccessException)
        {
            ErrorLine.Write(exception.Message);
            exitCode = ExitCode.Failure;
        }
        finally
        {
            await StopAsync(host, fleet, signals);
        }

        return fleet.Failed.Any() ? ExitCode.Failure : exitCode;
    }

    private static async Task ServeAsync(ServerFleet fleet, ReadyFile? readyFile, CancellationToken stopping)
    {
        ServerTable.PrintRunning(fleet.Bound);
        readyFile?.Write(fleet.Bound);
        await Task.WhenAny(Task.Delay(Timeout.InfiniteTimeSpan, stopping), fleet.WhenFailedOrGone());
        foreach (var (name, failure) in fleet.Failed)
        {
            ErrorLine.Write($"server '{name}' failed: {failure.Message}");
        }
    }

    /// <summary>Drains; a second signal cuts it short.</summary>
    private static async Task StopAsync(IHost host, ServerFleet fleet, StopSignals signals)
    {
        var stop = host.StopAsync();

        // A handler that blocks its thread cannot be cut, and is not waited for.
        var stopped = WithinAsync(stop, fleet.LongestDrain + StopTimeout);
        if (await Task.WhenAny(stopped, signals.Second) != stopped)
        {
            fleet.Abort();
            stopped = WithinAsync(stop, HurryTimeout);
        }

        await stopped;
    }

    private static async Task WithinAsync(Task task, TimeSpan timeout) =>
        await await Task.WhenAny(task, Task.Delay(timeout < LongestDelay ? timeout : LongestDelay));
}
