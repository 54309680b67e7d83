using ActorSockets.Hosting.Configuration;
using ActorSockets.Hosting.Handlers;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.DependencyInjection;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting.Servers;

/// <summary>The servers of one actor system: collected by its builder, taken along as a setup, and started as one.</summary>
internal sealed class HostedServers : Setup
{
    private readonly List<HostedServer> _servers = [];

    /// <summary>The handles, in the order in which the servers were added; none before all are bound.</summary>
    public IReadOnlyList<SocketServer> Started { get; private set; } = [];

    /// <summary>Those of a builder; the first call sees to it that they will be started.</summary>
    public static HostedServers Of(AkkaConfigurationBuilder builder)
    {
        if (builder.Setups.OfType<HostedServers>().FirstOrDefault() is { } known)
        {
            return known;
        }

        var servers = new HostedServers();
        builder.AddSetup(servers);
        builder.WithExtension<HostedServersProvider>().AddStartup(servers.StartAsync);
        return servers;
    }

    /// <exception cref="ArgumentException">Its name or its key is taken.</exception>
    public void Add(HostedServer server)
    {
        // Keys of the host's configuration have no case.
        if (_servers.Find(other => string.Equals(other.Name, server.Name, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new ArgumentException($"there is a server '{other.Name}' already: '{server.Name}' needs another name");
        }

        if (server.Key is not null && _servers.Find(other => other.Key == server.Key) is { } taken)
        {
            throw new ArgumentException($"server '{server.Name}' cannot be registered as {server.Key}: server '{taken.Name}' is");
        }

        _servers.Add(server);
    }

    /// <summary>While the system starts: reads what is configured, and makes room for the drains before anything can ask how long a phase is.</summary>
    /// <exception cref="OptionsValidationException">The host's configuration is wrong.</exception>
    /// <exception cref="ConfigurationException">The HOCON is wrong, or the host's configuration does not go with it.</exception>
    public void Prepare(ExtendedActorSystem system)
    {
        foreach (var configured in ServerConfiguration.ReadAll(system.Settings.Config).Where(configured => !_servers.Exists(server => server.Name == configured.Name)))
        {
            system.Log.Warning("actor-sockets.servers.{0}: the host has no server of this name", configured.Name);
        }

        var reader = new SettingsReader(DependencyResolver.For(system).Resolver.GetService<IConfiguration>());
        reader.RefuseUnknown([.. _servers.Select(server => server.Name)]);
        foreach (var server in _servers)
        {
            server.Settings = reader.Read(server.Name);
        }

        ShutdownTimeouts.RaisePhase(system, _servers.Max(server => ConfiguredDrain(system, server)));
    }

    private static TimeSpan ConfiguredDrain(ExtendedActorSystem system, HostedServer server)
    {
        var options = ServerConfiguration.Read(system.Settings.Config, server.Name).Options;
        try
        {
            server.Settings.ApplyTo(options);
        }
        catch (ConfigurationException exception)
        {
            throw new ConfigurationException($"ActorSockets:Servers:{server.Name}:{exception.Message}", exception);
        }

        return options.DrainTimeout;
    }

    /// <summary>Configures all of them as a start does, and opens nothing.</summary>
    public void Check(ActorSystem system)
    {
        foreach (var (name, configure) in Configurations(system, ActorRegistry.For(system)))
        {
            system.SocketServers().Create(name, configure);
        }
    }

    private async Task StartAsync(ActorSystem system, IActorRegistry registry)
    {
        // Akka.Hosting does not say that the host gives its start up.
        var resolver = DependencyResolver.For(system).Resolver;
        var stopping = resolver.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        List<SocketServer> created = [.. Configurations(system, registry).Select(server => system.SocketServers().Create(server.Key, server.Value))];

        await SocketServers.BindAsync(created, stopping).ConfigureAwait(false);
        foreach (var (server, handle) in _servers.Zip(created))
        {
            Register(server, handle, registry);
        }

        foreach (var handle in created)
        {
            await handle.StartAsync(stopping).ConfigureAwait(false);
        }

        Started = created;
        if (resolver.GetService<IOptions<HostOptions>>() is { Value: var host })
        {
            ShutdownTimeouts.RaiseHost(host, _servers.Max(server => server.Drain));
        }
    }

    // Before anybody is served: a handler may ask for it.
    private static void Register(HostedServer server, SocketServer handle, IActorRegistry registry)
    {
        if (server.Key is not null && !registry.TryRegister(server.Key, handle.Actor))
        {
            throw new DuplicateActorRegistryException($"server '{server.Name}' cannot be registered as {server.Key}: another actor is");
        }
    }

    private IEnumerable<KeyValuePair<string, Action<SocketServerBuilder>>> Configurations(ActorSystem system, IActorRegistry registry)
    {
        var resolver = DependencyResolver.For(system).Resolver;
        var activator = new ScopedActivator(resolver.GetService<IServiceProvider>());
        return _servers.Select(server => KeyValuePair.Create<string, Action<SocketServerBuilder>>(server.Name, builder =>
        {
            server.Settings.ApplyTo(builder.ActivateWith(activator.For));
            server.Configure(builder, system, registry, resolver);
            builder.Configure(options =>
            {
                ShutdownTimeouts.RequirePhase(system, server.Name, options.DrainTimeout);
                server.Drain = options.DrainTimeout;
            });
        }));
    }
}
