using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Hosting.Servers;

/// <summary>The actor system of a host that has socket servers and no actors of its own.</summary>
internal sealed class OwnSystem
{
    public const string TwoSystems =
        "the host has an actor system of its own, by AddAkka: add its socket servers there with WithSocketServer, and none with AddSocketServer";

    private readonly HashSet<string> _servers = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Action<AkkaConfigurationBuilder, IServiceProvider>> _parts = [];

    /// <summary>False as long as it is not this system that the host runs.</summary>
    public bool IsConfigured { get; private set; }

    /// <summary>That of a host; the first call adds it.</summary>
    /// <exception cref="InvalidOperationException">The host has another one.</exception>
    public static OwnSystem Of(IServiceCollection services)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(OwnSystem)) is { ImplementationInstance: OwnSystem known })
        {
            return known;
        }

        if (services.Any(service => service.ServiceType == typeof(AkkaConfigurationBuilder)))
        {
            throw new InvalidOperationException(TwoSystems);
        }

        var system = new OwnSystem();
        services.AddSingleton(system);

        // Before Akka's, so that nothing has started when it throws.
        services.AddHostedService<OwnSystemGuard>();
        services.AddAkka("actor-sockets", system.Configure);
        services.AddSingleton(provider => provider.GetRequiredService<ActorSystem>().SocketServers());
        return system;
    }

    /// <exception cref="ArgumentException">There is a server of this name.</exception>
    public void AddServer(string name, Action<AkkaConfigurationBuilder, IServiceProvider> part)
    {
        if (!_servers.Add(name))
        {
            throw new ArgumentException($"there is a server '{name}' already", nameof(name));
        }

        Add(part);
    }

    public void Add(Action<AkkaConfigurationBuilder, IServiceProvider> part) => _parts.Add(part);

    private void Configure(AkkaConfigurationBuilder akka, IServiceProvider services)
    {
        IsConfigured = true;
        akka.ConfigureLoggers(loggers =>
        {
            loggers.LogLevel = LevelOf(services.GetRequiredService<ILogger<ActorSystem>>());
            loggers.AddLoggerFactory();
        });
        foreach (var part in _parts)
        {
            part(akka, services);
        }

        akka.AddHocon(EventLoop.Config, HoconAddMode.Append);
    }

    // The host filters; what it would drop need not get there.
    private static Akka.Event.LogLevel LevelOf(ILogger log) =>
        log.IsEnabled(LogLevel.Debug) ? Akka.Event.LogLevel.DebugLevel
        : log.IsEnabled(LogLevel.Information) ? Akka.Event.LogLevel.InfoLevel
        : log.IsEnabled(LogLevel.Warning) ? Akka.Event.LogLevel.WarningLevel
        : Akka.Event.LogLevel.ErrorLevel;
}
