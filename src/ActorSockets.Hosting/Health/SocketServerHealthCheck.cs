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
            ? DescribeEnded(name, context.ActorSystem.HostedSocketServers().FirstOrDefault(server => server.Name == name), failure)
            : Describe(new ServerHealth(
                name, server.State, server.Endpoints, server.LostEndpoints, server.SuspendedEndpoints, server.FullEndpoints, server.HandlerFailure, server.Connections.Count, server.MaxConnections), failure));
    }

    private static HealthCheckResult DescribeEnded(string name, SocketServer? server, HealthStatus failure) =>
        server?.Completion.Exception?.GetBaseException() is { } exception
            ? new HealthCheckResult(failure, $"server '{name}' has failed: {exception.Message}", exception)
            : new HealthCheckResult(failure, $"server '{name}' is not running");

    internal static HealthCheckResult Describe(ServerHealth server, HealthStatus failure)
    {
        var on = string.Join(", ", server.Endpoints);
        var (status, description) = server switch
        {
            { State: not (ServerState.Serving or ServerState.Suspended) } => (failure, $"is not ready: it is {server.State.ToString().ToLowerInvariant()}, on {on}"),
            { HandlerFailure: { } cause } => (failure, $"accepts nobody: no handler can be made: {cause.Message}"),
            { Lost.Count: > 0 } => (failure, $"has lost {string.Join(", ", server.Lost)} and binds it again"),
            { Suspended.Count: > 0 } => (HealthStatus.Degraded, $"is suspended on {string.Join(", ", server.Suspended)}"),
            { Full.Count: > 0 } => (HealthStatus.Degraded, $"is full on {string.Join(", ", server.Full)}: {LimitOf(server)}"),
            _ => (HealthStatus.Healthy, $"serves on {on}"),
        };
        return new HealthCheckResult(status, $"server '{server.Name}' {description}", data: new Dictionary<string, object>
        {
            ["state"] = server.State.ToString(),
            ["active"] = server.Active,
            ["max-connections"] = server.Max,
        });
    }

    private static string LimitOf(ServerHealth server) => string.Join(" and ", new[]
    {
        server.Full.Any(endpoint => !endpoint.IsDatagram) ? $"max-connections = {server.Max}" : null,
        server.Full.Any(endpoint => endpoint.IsDatagram) ? "datagram.max-peers are there" : null,
    }.OfType<string>());
}
