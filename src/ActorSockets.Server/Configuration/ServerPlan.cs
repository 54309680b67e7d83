using ActorSockets.Server.Handlers;
using ActorSockets.Server.Output;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Server.Configuration;

/// <summary>Everything that a configuration asks for, checked.</summary>
/// <param name="Source">What it was read from, for messages.</param>
/// <param name="Config">The whole configuration, for the actor system.</param>
/// <param name="Servers">The servers.</param>
internal sealed record ServerPlan(string Source, Config Config, IReadOnlyList<PlannedServer> Servers)
{
    // The host runs the shutdown, and decides when the process ends.
    private static readonly Config Required = ConfigurationFactory.ParseString(
        """
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.coordinated-shutdown.exit-clr = off
        akka.coordinated-shutdown.terminate-actor-system = on
        """);

    private static readonly Config Defaults = ConfigurationFactory.ParseString(
        $"""
        akka.loggers = ["{typeof(ConsoleLogger).AssemblyQualifiedName}"]
        akka.stdout-logger-class = "{typeof(LateLogger).AssemblyQualifiedName}"
        akka.loglevel = INFO
        akka.log-dead-letters-during-shutdown = off

        # As long as a phase can be, and not by what drain-timeout was at the start: a reload can lengthen it.
        akka.coordinated-shutdown.phases.{CoordinatedShutdown.PhaseServiceRequestsDone}.timeout = {uint.MaxValue - 1}ms
        """);

    /// <exception cref="ConfigurationException">Something is wrong with it; the message is one line and names the key.</exception>
    public static ServerPlan Read(string? path)
    {
        var source = ConfigurationSource.Read(path);
        AkkaSettings.CheckSections(source.Config);
        var config = Required.WithFallback(source.Config).WithFallback(Defaults).WithFallback(EventLoop.Config).WithFallback(SocketServers.DefaultConfig);
        AkkaSettings.CheckLogLevels(config);
        var configurations = ServerConfiguration.ReadAll(config);
        if (configurations.Count == 0)
        {
            throw new ConfigurationException($"actor-sockets.servers is empty: '{source.Name}' configures nothing to serve");
        }

        var resolver = new HandlerResolver(Plugins.Load(source));
        return new ServerPlan(source.Name, config, [.. configurations.Select(server => Plan(server, resolver))]);
    }

    /// <summary>What is logged: <c>akka.loglevel</c>, for those as well who do not log through Akka.NET.</summary>
    public LogLevel LogLevel => Config.GetString(AkkaSettings.LogLevelKey).ToUpperInvariant() switch
    {
        "DEBUG" => LogLevel.Debug,
        "WARNING" => LogLevel.Warning,
        "ERROR" => LogLevel.Error,
        "OFF" => LogLevel.None,
        _ => LogLevel.Information,
    };

    /// <summary>The same for the actor system.</summary>
    public Akka.Event.LogLevel AkkaLogLevel => Akka.Event.Logging.LogLevelFor(Config.GetString(AkkaSettings.LogLevelKey));

    /// <summary>The same plan with another log level.</summary>
    public ServerPlan WithLogLevel(string? level) =>
        level is null ? this : this with { Config = ConfigurationFactory.ParseString($"akka.loglevel = {level}").WithFallback(Config) };

    private static PlannedServer Plan(ServerConfiguration server, HandlerResolver resolver) =>
        server.Endpoints.Count == 0
            ? throw new ConfigurationException($"actor-sockets.servers.{server.Name}.listen names no endpoint")
            : new PlannedServer(server, resolver.Resolve(server));
}
