using ActorSockets.Hosting.Servers;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets.Hosting;

/// <summary>The way from an actor system to the servers that its host starts; see <see cref="AkkaConfigurationBuilderExtensions"/>.</summary>
public static class ActorSystemExtensions
{
    /// <summary>
    /// The servers that the host has started, in the order in which they were added, those that have ended since included:
    /// <see cref="SocketServer.Completion"/> tells how. None before all of them are bound.
    /// </summary>
    /// <param name="system">The actor system of the host.</param>
    public static IReadOnlyList<SocketServer> HostedSocketServers(this ActorSystem system) => ServersOf(system)?.Started ?? [];

    /// <summary>
    /// Configures the servers as the start of the host would, and opens nothing: for a host that was built to be checked and
    /// not to be started. Actors that a start begins with are not there yet.
    /// </summary>
    /// <param name="system">The actor system of the host.</param>
    /// <exception cref="ConfigurationException">An option is wrong; the message names it.</exception>
    /// <exception cref="ArgumentException">A handler cannot be made.</exception>
    public static void CheckHostedSocketServers(this ActorSystem system) => ServersOf(system)?.Check(system);

    private static HostedServers? ServersOf(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.Settings.Setup.Get<HostedServers>() is { HasValue: true, Value: var servers } ? servers : null;
    }
}
