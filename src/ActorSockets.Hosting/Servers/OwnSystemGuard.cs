using Microsoft.Extensions.Hosting;

namespace ActorSockets.Hosting.Servers;

/// <summary>Fails the start of a host where an <c>AddAkka</c> that came later has taken the place of our actor system: its servers would silently be missing.</summary>
internal sealed class OwnSystemGuard(OwnSystem system) : IHostedService
{
    // Akka's own hosted service, made by now as all of them, has had its system configured.
    public Task StartAsync(CancellationToken cancellationToken) =>
        system.IsConfigured ? Task.CompletedTask : throw new InvalidOperationException(OwnSystem.TwoSystems);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
