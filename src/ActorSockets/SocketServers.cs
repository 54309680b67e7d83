using System.Collections.Concurrent;
using ActorSockets.Dispatch;
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
/// Such a drain ends at the latest with its phase: <c>akka.coordinated-shutdown.phases.service-requests-done.timeout</c>
/// is 5 seconds unless you raise it to your <c>drain-timeout</c>. A handler that blocks its thread is not waited for beyond <c>drain-timeout</c> and 3 seconds.
/// </summary>
public sealed class SocketServers : IExtension
{
    // A datagram is never truncated: IPv4 carries 65,507 bytes at most.
    private const int DatagramBuffer = 64 * 1024;

    // What the end takes beside the drain. A handler that blocks its thread never comes to one.
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(3);

    private readonly ExtendedActorSystem _system;
    private readonly Lock _rooting = new();
    private IActorRef? _root;
    private Task _rootEnd = Task.CompletedTask;
    private readonly long _udpBufferSize;
    private readonly ConcurrentDictionary<ServerIncarnation, SocketServer> _running = new();

    internal SocketServers(ExtendedActorSystem system)
    {
        _system = system;

        // What was started before does not see our defaults.
        var udpBufferSize = system.HasExtension<UdpExt>() ? UdpBufferSize(system) : (long?)null;
        system.Settings.InjectTopLevelFallback(DefaultConfig);
        _udpBufferSize = udpBufferSize ?? UdpBufferSize(system);
        Memory = MemoryBudget.Read(system.Settings.Config);
        AddShutdownTasks(CoordinatedShutdown.Get(system));
    }

    /// <summary>The library's <c>reference.conf</c>: each option with its meaning, unit and default.</summary>
    public static Config DefaultConfig { get; } = ConfigurationFactory.FromResource("ActorSockets.reference.conf", typeof(SocketServers).Assembly);

    /// <summary>The servers that run at this moment, those that are starting or stopping included.</summary>
    public IReadOnlyCollection<SocketServer> Running => [.. _running.Values];

    /// <summary>The servers of an actor system; the same as <see cref="ActorSystemExtensions.SocketServers"/>.</summary>
    /// <param name="system">The actor system.</param>
    public static SocketServers Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<SocketServers, SocketServersProvider>();
    }

    /// <summary>What connections and waiting datagrams of all servers together held in memory when they were last looked at, in bytes; <c>actor-sockets.memory-budget</c> is what they may hold.</summary>
    public long MemoryHeld => Memory.Held;

    internal MemoryBudget Memory { get; }

    /// <summary>The parent of all servers, and a task that completes with it. Where one was stopped, with all its servers, there is another one.</summary>
    /// <returns>Null while the name of the one before is not free yet.</returns>
    internal (IActorRef Root, Task End)? FindRoot()
    {
        lock (_rooting)
        {
            if (_root is null || _rootEnd.IsCompleted)
            {
                try
                {
                    _root = _system.ActorOf(Props.Create(() => new RootActor()), "actor-sockets");
                }
                catch (InvalidActorNameException) when (_root is not null)
                {
                    // Its end is told to all at once, in no order.
                    return null;
                }

                _rootEnd = _root.WatchAsync();
            }

            return (_root, _rootEnd);
        }
    }

    /// <summary>
    /// Starts a server: all of its endpoints, or none. If the configuration has a section <c>actor-sockets.servers.NAME</c>,
    /// its endpoints and options are the starting point.
    /// </summary>
    /// <param name="name">The name: letters, digits, <c>-</c> and <c>_</c>. One running server per name.</param>
    /// <param name="configure">Says what it listens on and what serves.</param>
    /// <param name="cancellationToken">Gives the start up; what had been bound is closed again.</param>
    /// <returns>The running server: it listens on all endpoints.</returns>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="ConfigurationException">An option is wrong; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A server of this name is running already, or the actor system has ended.</exception>
    /// <exception cref="OperationCanceledException">The start was given up.</exception>
    public async Task<SocketServer> StartAsync(
        string name, Action<SocketServerBuilder> configure, CancellationToken cancellationToken = default) =>
        (await StartAsync([KeyValuePair.Create(name, configure)], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Starts several servers as one: all endpoints of all of them, or none. Nobody is served before all are bound.</summary>
    /// <param name="servers">Name and configuration of each, as for <see cref="StartAsync(string, Action{SocketServerBuilder}, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Gives the start up; what had been bound is closed again.</param>
    /// <returns>The running servers, in the order given.</returns>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="ConfigurationException">An option is wrong; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A server of one of these names is running already, or the actor system has ended.</exception>
    /// <exception cref="OperationCanceledException">The start was given up.</exception>
    public async Task<IReadOnlyList<SocketServer>> StartAsync(
        IEnumerable<KeyValuePair<string, Action<SocketServerBuilder>>> servers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(servers);

        // All of them are looked at before the first is bound.
        var created = servers.Select(server => Create(server.Key, server.Value)).ToList();
        await BindAsync(created, cancellationToken).ConfigureAwait(false);
        created.ForEach(server => server.Serve());
        return created;
    }

    /// <summary>Binds several servers as one: all endpoints of all of them, or none. Clients wait until <see cref="SocketServer.StartAsync(CancellationToken)"/>.</summary>
    /// <param name="servers">Servers that are neither bound nor running.</param>
    /// <param name="cancellationToken">Gives up; what had been bound is closed again.</param>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="InvalidOperationException">One of them is bound or stopping, a server of its name is running, or the actor system has ended.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up, or a server was stopped meanwhile.</exception>
    public static Task BindAsync(IReadOnlyList<SocketServer> servers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(servers);
        return SocketServer.BindAsync(servers, cancellationToken);
    }

    /// <summary>
    /// Makes a server that is not started yet, and that can be started again after a stop. Name and configuration are as for
    /// <see cref="StartAsync(string, Action{SocketServerBuilder}, CancellationToken)"/>; nothing is opened.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="configure">Says what it listens on and what serves; called once, now.</param>
    /// <exception cref="ConfigurationException">An option or the section of its dispatcher is wrong; the message names it.</exception>
    public SocketServer Create(string name, Action<SocketServerBuilder> configure)
    {
        var builder = SocketServerBuilder.Build(_system.Settings.Config, name, configure);
        if (_udpBufferSize < DatagramBuffer && builder.Endpoints.Any(endpoint => endpoint.IsDatagram))
        {
            throw new ConfigurationException(
                $"server '{name}': Akka.IO's Udp would cut datagrams off at {_udpBufferSize} bytes; set the buffer-size of the pool that akka.io.udp.buffer-pool names to {DatagramBuffer}, or get the extension before Udp is first used in this actor system");
        }

        DispatcherCatalog.Check(_system, builder.Options);
        WarnOfShortPhase(builder);
        return new SocketServer(builder, current => new ServerIncarnation(current, _system, ownsSystem: false));
    }

    /// <summary>This server runs until its incarnation has stopped.</summary>
    internal void Track(ServerIncarnation incarnation, SocketServer server)
    {
        _running[incarnation] = server;
        _ = incarnation.WhenStopped.ContinueWith(
            _ => _running.TryRemove(incarnation, out SocketServer? _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void WarnOfShortPhase(SocketServerBuilder builder)
    {
        var phase = CoordinatedShutdown.Get(_system).Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        if (builder.Options.DrainTimeout > phase)
        {
            _system.Log.Info(
                "[{0}] a shutdown of the actor system cuts its drain off after {1:0.###} s (akka.coordinated-shutdown.phases.service-requests-done.timeout), before its drain-timeout of {2:0.###} s",
                builder.Name,
                phase.TotalSeconds,
                builder.Options.DrainTimeout.TotalSeconds);
        }
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
        await Task.WhenAll(Running.Select(server => StopAsync(server, drainTimeout ?? server.DrainTimeout))).ConfigureAwait(false);
        return Done.Instance;
    }

    private async Task StopAsync(SocketServer server, TimeSpan drainTimeout)
    {
        var stopped = server.StopWithSystemAsync(drainTimeout);
        var patience = drainTimeout < TimerLimit.Longest ? drainTimeout + StopMargin : TimerLimit.Longest;
        if (await Task.WhenAny(stopped, Task.Delay(patience)).ConfigureAwait(false) != stopped)
        {
            _system.Log.Warning("[{0}] has not stopped within {1:0.###} s, as a handler blocks its thread; it is not waited for any longer", server.Name, patience.TotalSeconds);
            return;
        }

        await stopped.ConfigureAwait(false);
    }
}
