using ActorSockets.Hosting.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace ActorSockets.Hosting;

/// <summary>
/// Socket servers of a host that has no actor system: the first brings one up, all of them share it, and it ends with the
/// host. Its log goes to the host's. A host that has an actor system of its own, by <c>AddAkka</c>, adds its servers to that
/// with <see cref="AkkaConfigurationBuilderExtensions"/>, where start, options and stop are described; both at once is an error.
/// The running servers are found in the service <see cref="SocketServers"/>.
/// </summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds a socket server.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the host starts. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name already.</exception>
    /// <exception cref="InvalidOperationException">The host has an actor system of its own.</exception>
    public static AddedSocketServer AddSocketServer(this IServiceCollection services, string name, Action<SocketServerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddSocketServer(services, name, (server, _) => configure(server));
    }

    /// <summary>Adds a socket server that is configured with the help of services.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the host starts. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name already.</exception>
    /// <exception cref="InvalidOperationException">The host has an actor system of its own.</exception>
    public static AddedSocketServer AddSocketServer(
        this IServiceCollection services, string name, Action<SocketServerBuilder, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        var system = OwnSystem.Of(services);
        system.AddServer(name, (akka, provider) => akka.WithSocketServer(name, server => configure(server, provider)));
        return new AddedSocketServer(services, name, system);
    }
}
