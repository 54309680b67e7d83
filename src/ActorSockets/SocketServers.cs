using System.Collections.Concurrent;
using ActorSockets.Drivers;
using ActorSockets.Servers;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IO;

namespace ActorSockets;

/// <summary>
/// The socket servers of one actor system. They run below <c>/user/actor-sockets</c> and stop with CoordinatedShutdown:
/// in <c>service-unbind</c> they stop accepting, in <c>service-requests-done</c> they drain, in <c>service-stop</c> what is left is cut.
/// </summary>
public sealed class SocketServers : IExtension
{
    // A datagram is never truncated: IPv4 carries 65,507 bytes at most.
    private const int DatagramBuffer = 64 * 1024;

    private readonly ExtendedActorSystem _system;
    private readonly Lazy<IActorRef> _root;
    private readonly ConcurrentDictionary<string, SocketServer> _running = new(StringComparer.Ordinal);

    internal SocketServers(ExtendedActorSystem system)
    {
        _system = system;

        // Before our defaults come in, as what was started before does not see them.
        CanServeDatagrams = !system.HasExtension<UdpExt>() || UdpBufferSize(system) >= DatagramBuffer;
        system.Settings.InjectTopLevelFallback(DefaultConfig);
        _root = new Lazy<IActorRef>(() => system.ActorOf(Props.Create(() => new RootActor()), "actor-sockets"));
        AddShutdownTasks(CoordinatedShutdown.Get(system));
    }

    /// <summary>The library's <c>reference.conf</c>: each option with its meaning, unit and default.</summary>
    public static Config DefaultConfig { get; } = ConfigurationFactory.FromResource("ActorSockets.reference.conf", typeof(SocketServers).Assembly);

    /// <summary>The servers that run at this moment.</summary>
    public IReadOnlyCollection<SocketServer> Running => [.. _running.Values];

    private bool CanServeDatagrams { get; }

    /// <summary>The servers of an actor system; the same as <see cref="ActorSystemExtensions.SocketServers"/>.</summary>
    /// <param name="system">The actor system.</param>
    public static SocketServers Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<SocketServers, SocketServersProvider>();
    }

    /// <summary>
    /// Starts a server: all of its endpoints, or none. If the configuration has a section <c>actor-sockets.servers.NAME</c>,
    /// its endpoints and options are the starting point.
    /// </summary>
    /// <param name="name">The name: letters, digits, <c>-</c> and <c>_</c>. One running server per name.</param>
    /// <param name="configure">Says what it listens on and what serves.</param>
    /// <returns>The running server: it listens on all endpoints.</returns>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="ConfigurationException">An option is wrong; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A server of this name is running already, or the actor system has ended.</exception>
    public Task<SocketServer> StartAsync(string name, Action<SocketServerBuilder> configure) => StartAsync(name, configure, null);

    internal async Task<SocketServer> StartAsync(string name, Action<SocketServerBuilder> configure, ActorSystem? ownSystem)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SocketServerBuilder(ServerConfiguration.Read(_system.Settings.Config, name));
        configure(builder);
        builder.Validate();
        if (!CanServeDatagrams && builder.Endpoints.Any(endpoint => endpoint.IsDatagram))
        {
            throw new ConfigurationException(
                $"server '{name}': this actor system used Akka.IO's Udp before ActorSockets, with small receive buffers; get the extension first, or set akka.io.udp.buffer-pool to a pool with buffer-size = {DatagramBuffer}");
        }

        var context = new ServerContext(
            name, [.. builder.Endpoints], builder.Handlers, builder.Options, Logging.GetLogger(_system, $"actor-sockets/{name}"));
        var outcome = new ServerOutcome();
        var driver = DriverCatalog.Find(builder.Options.Driver)!;
        var actor = await StartActorAsync(
            new RootActor.StartServer(name, Props.Create(() => new ServerActor(context, driver, outcome)), outcome)).ConfigureAwait(false);
        var server = new SocketServer(context, outcome, actor, await outcome.WhenStarted.ConfigureAwait(false), ownSystem);
        _running[name] = server;
        _ = server.Completion.ContinueWith(
            _ => _running.TryRemove(KeyValuePair.Create(name, server)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return server;
    }

    /// <exception cref="InvalidOperationException">There is a server of this name, or the actor system has ended.</exception>
    private async Task<IActorRef> StartActorAsync(RootActor.StartServer start)
    {
        var asking = _root.Value.Ask<IActorRef>(start);

        // A root that has stopped with its system answers nobody.
        await Task.WhenAny(asking, _system.WhenTerminated).ConfigureAwait(false);
        return asking.IsCompleted
            ? await asking.ConfigureAwait(false)
            : throw new InvalidOperationException($"server '{start.Name}' cannot start: its actor system has ended");
    }

    private static long UdpBufferSize(ActorSystem system)
    {
        var config = system.Settings.Config;
        return config.GetByteSize(config.GetString("akka.io.udp.buffer-pool") + ".buffer-size") ?? 0;
    }

    private void AddShutdownTasks(CoordinatedShutdown shutdown)
    {
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "actor-sockets-stop-accepting", () =>
        {
            foreach (var server in Running)
            {
                server.StopAccepting();
            }

            return Task.FromResult(Done.Instance);
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "actor-sockets-drain", () => StopAllAsync(null));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "actor-sockets-abort", () => StopAllAsync(TimeSpan.Zero));
    }

    private async Task<Done> StopAllAsync(TimeSpan? drainTimeout)
    {
        await Task.WhenAll(Running.Select(server => server.StopWithSystemAsync(drainTimeout))).ConfigureAwait(false);
        return Done.Instance;
    }
}
