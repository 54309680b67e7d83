using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ActorSockets.Hosting.Health;

/// <summary>Says whether a server is ready for clients.</summary>
internal sealed class SocketServerHealthCheck(string name) : IAkkaHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(AkkaHealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failure = context.Registration.FailureStatus;
        var server = context.ActorSystem.WhenTerminated.IsCompleted
            ? null
            : context.ActorSystem.SocketServers().Running.FirstOrDefault(server => server.Name == name);
        return Task.FromResult(server is null
            ? new HealthCheckResult(failure, $"server '{name}' is not running")
            : Describe(new ServerHealth(
                name, server.State, server.Endpoints, server.LostEndpoints, server.Connections.Count, server.MaxConnections), failure));
    }

    internal static HealthCheckResult Describe(ServerHealth server, HealthStatus failure)
    {
        var on = string.Join(", ", server.Endpoints);
        var (status, description) = server switch
        {
            { State: not (ServerState.Serving or ServerState.Suspended) } => (failure, $"is not ready: it is {server.State.ToString().ToLowerInvariant()}, on {on}"),
            { Lost.Count: > 0 } => (failure, $"has lost {string.Join(", ", server.Lost)} and binds it again"),
            { State: ServerState.Suspended } => (HealthStatus.Degraded, $"is suspended on {on}"),
            { IsFull: true } => (HealthStatus.Degraded, $"is full on {on}: max-connections = {server.Max}"),
            _ => (HealthStatus.Healthy, $"serves on {on}"),
        };
        return new HealthCheckResult(status, $"server '{server.Name}' {description}", data: new Dictionary<string, object>
        {
            ["state"] = server.State.ToString(),
            ["active"] = server.Active,
            ["max-connections"] = server.Max,
        });
    }
}
