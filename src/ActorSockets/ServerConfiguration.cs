using ActorSockets.Configuration;
using Akka.Configuration;

namespace ActorSockets;

/// <summary>One section <c>actor-sockets.servers.NAME</c> of a configuration, read and checked.</summary>
/// <param name="Name">The server's name.</param>
/// <param name="Handler">The value of <c>handler</c>, for the program that runs the server to resolve; null where there is none.</param>
/// <param name="Endpoints">The endpoints of <c>listen</c>, in order.</param>
/// <param name="Options">The options, with defaults filled in.</param>
public sealed record ServerConfiguration(string Name, string? Handler, IReadOnlyList<Endpoint> Endpoints, SocketServerOptions Options)
{
    /// <summary>Reads all servers of a configuration.</summary>
    /// <param name="config">A configuration; <see cref="SocketServers.DefaultConfig"/> is added as its fallback.</param>
    /// <returns>The servers, by name.</returns>
    /// <exception cref="ConfigurationException">A key is unknown or a value is wrong; the message is one line that names the key.</exception>
    public static IReadOnlyList<ServerConfiguration> ReadAll(Config config) => ServerConfigurationReader.ReadAll(config);

    /// <summary>Reads one server of a configuration; one that has no section gets the defaults and no endpoints.</summary>
    /// <param name="config">A configuration; <see cref="SocketServers.DefaultConfig"/> is added as its fallback.</param>
    /// <param name="name">The server's name.</param>
    /// <exception cref="ConfigurationException">The name is none, a key is unknown or a value is wrong; the message is one line that names it.</exception>
    public static ServerConfiguration Read(Config config, string name) => ServerConfigurationReader.Read(config, name);
}
