using ActorSockets.Hosting.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ActorSockets.Hosting;

/// <summary>A server that was added to a host; see <see cref="ServiceCollectionExtensions"/>.</summary>
public sealed class AddedSocketServer
{
    private readonly OwnSystem _system;

    internal AddedSocketServer(IServiceCollection services, string name, OwnSystem system) =>
        (Services, Name, _system) = (services, name, system);

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The server's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Adds a health check, and health checks to the host where it has none: see
    /// <see cref="AkkaConfigurationBuilderExtensions.WithSocketServerHealthCheck"/>.
    /// </summary>
    /// <param name="failureStatus">What is reported instead of unhealthy; default unhealthy.</param>
    /// <param name="tags">Default <c>akka</c> and <c>ready</c>; <c>akka</c> is always there.</param>
    /// <param name="timeout">The check's timeout; default none, it waits for nothing.</param>
    public AddedSocketServer WithHealthCheck(HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        Services.AddHealthChecks();
        _system.Add((akka, _) => akka.WithSocketServerHealthCheck(Name, failureStatus, tags, timeout));
        return this;
    }
}
