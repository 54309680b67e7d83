using System.Collections.Concurrent;
using ActorSockets.Configuration;
using ActorSockets.Connections;
using ActorSockets.Diagnostics;
using ActorSockets.Dispatch;
using ActorSockets.Drivers.Native;
using ActorSockets.Framing;
using ActorSockets.Handlers;
using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>What all parts of one incarnation of a server share.</summary>
internal sealed class ServerContext(string name, IReadOnlyList<Endpoint> endpoints, HandlerSet handlers, SocketServerOptions options, ILoggingAdapter log, MemoryBudget memory)
{
    private const long ShortestSweep = 25;
    private const long LongestSweep = 1000;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Endpoint, bool> _lostEndpoints = new();
    private readonly ConcurrentDictionary<Endpoint, bool> _suspendedEndpoints = new();
    private readonly ConcurrentDictionary<Transport, bool> _arriving = new();
    private long _sweepInterval = LongestSweep;
    private long _lastPeer;
    private volatile bool _hasEnded;
    private RestartStorm? _storm;
    private volatile IActorRef _supervisor = ActorRefs.Nobody;
    private int _state = (int)ServerState.Starting;
    private volatile SocketServerOptions _options = options;
    private readonly Lock _reloading = new();
    private readonly List<AcceptGate> _formerGates = [];
    private volatile AcceptGate _gate = new(options, memory);
    private volatile LineReader _lines = new(options.MaxFrame);

    public string Name => name;

    public IReadOnlyList<Endpoint> Endpoints => endpoints;

    public HandlerSet Handlers => handlers;

    /// <summary>Those that are in force; another object after a reload.</summary>
    public SocketServerOptions Options => _options;

    public ILoggingAdapter Log => log;

    public Admission Admission { get; } = new(Math.Min(options.MaxConnections, DescriptorLimit.ForConnections));

    public MemoryBudget Memory => memory;

    public AcceptGate Gate => _gate;

    /// <summary>Where its own actors run.</summary>
    public string Dispatcher { get; } = DispatcherCatalog.ForServer(options);

    /// <summary>Where handlers run.</summary>
    public string HandlerDispatcher { get; } = DispatcherCatalog.ForHandlers(options);

    public ServerCounters Counters { get; } = new();

    /// <summary>For what clients can cause.</summary>
    public LimitedLog Limited { get; } = new(log, name);

    public ConstructionWatch Construction { get; } = new();

    public RestartStorm Storm => LazyInitializer.EnsureInitialized(ref _storm, () => new RestartStorm(this));

    /// <summary>Why no handler can be made at this moment, so that nobody is accepted; null: none is known to fail.</summary>
    public Exception? ConstructionFailure { get; set; }

    public ClosedConnections Closed { get; } = new();

    /// <summary>Its TLS, once an endpoint needs it.</summary>
    public ServerTls Tls { get; } = new(name, options, handlers.Hooks, log, TimeProvider.System);

    /// <summary>Cancelled when the server begins to drain.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public ServerState State => (ServerState)Volatile.Read(ref _state);

    public IReadOnlyCollection<Peer> Peers => [.. _peers.Values];

    public IReadOnlyCollection<Connection> Connections => [.. _peers.Values.OfType<Connection>()];

    /// <summary>The connection that has been idle longest; null where none is idle.</summary>
    public Connection? FindIdlest() =>
        _peers.Select(each => each.Value).OfType<Connection>().Where(connection => connection.IsIdle).MinBy(connection => connection.LastReceived);

    /// <summary>Bound endpoints whose listeners are down at this moment.</summary>
    public IReadOnlyCollection<Endpoint> LostEndpoints => [.. _lostEndpoints.Keys];

    /// <summary>Bound endpoints that take nobody new, as somebody wants it so.</summary>
    public IReadOnlyCollection<Endpoint> SuspendedEndpoints => [.. _suspendedEndpoints.Keys];

    /// <summary>The endpoints as they were bound, once all were; null before.</summary>
    public IReadOnlyList<Endpoint>? BoundEndpoints { get; set; }

    /// <summary>How many peers had to go before they had finished, since the server stops. Counted by the actor that sees them out.</summary>
    public int Cut { get; set; }

    /// <summary>The actor that starts peers, and sees them out; another one where one has ended.</summary>
    public IActorRef Supervisor
    {
        get => _supervisor;
        set => _supervisor = value;
    }

    /// <summary>One per endpoint for datagrams, in the order of the configuration.</summary>
    public IReadOnlyList<DatagramRouter> Routers { get; set; } = [];

    public string NextPeerId() => $"{name}-{Interlocked.Increment(ref _lastPeer)}";

    public void Enter(ServerState state) => Volatile.Write(ref _state, (int)state);

    /// <summary>Goes from one state to another; false when the server is in neither.</summary>
    public bool TryEnter(ServerState from, ServerState to) => Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;

    /// <summary>How often the deadlines are checked: at least once per second, and often enough for the shortest timeout that was asked for.</summary>
    public TimeSpan SweepInterval => TimeSpan.FromMilliseconds(Volatile.Read(ref _sweepInterval));

    public Action? SweepIntervalChanged { get; set; }

    /// <summary>A timeout this short is to be kept.</summary>
    public void SweepAtLeastEvery(TimeSpan timeout)
    {
        // A second is close enough for a timeout of a second; shorter ones are kept to a quarter.
        var wanted = timeout.TotalMilliseconds >= LongestSweep ? LongestSweep : Math.Max((long)(timeout.TotalMilliseconds / 4), ShortestSweep);
        var current = Volatile.Read(ref _sweepInterval);
        while (wanted < current)
        {
            var seen = Interlocked.CompareExchange(ref _sweepInterval, wanted, current);
            if (seen == current)
            {
                SweepIntervalChanged?.Invoke();
                return;
            }

            current = seen;
        }
    }

    /// <summary>Other options are in force from now on.</summary>
    /// <param name="wanted">Those that shall be, as far as they can be while the server runs.</param>
    public void Reload(SocketServerOptions wanted)
    {
        lock (_reloading)
        {
            var before = _options;
            var next = OptionEffects.Merge(before, wanted, out _, out _);
            _options = next;
            Admission.Most = Math.Min(next.MaxConnections, DescriptorLimit.ForConnections);
            SweepFor(next);
            ChangeGate(before, next);
        }
    }

    private void ChangeGate(SocketServerOptions before, SocketServerOptions next)
    {
        if ((before.MaxConnectionsPerAddress, before.AcceptRate, before.Allow, before.Deny) != (next.MaxConnectionsPerAddress, next.AcceptRate, next.Allow, next.Deny))
        {
            // Somebody may be on the way through the one before: it stays until the end.
            var gate = new AcceptGate(next, memory);
            _formerGates.Add(_gate);
            _gate = gate;
            foreach (var connection in Connections)
            {
                connection.EnterAgain(gate);
            }
        }
    }

    /// <summary>The timeouts of these options are to be kept.</summary>
    public void SweepFor(SocketServerOptions wanted)
    {
        foreach (var timeout in new[] { wanted.FirstByteTimeout, wanted.FrameTimeout, wanted.HandlerTimeout, wanted.HalfOpenTimeout, wanted.IdleTimeout, wanted.WriteStallTimeout, wanted.LingerTimeout, wanted.PeerTimeout })
        {
            SweepAtLeastEvery(timeout ?? TimeSpan.MaxValue);
        }
    }

    /// <summary>The same reader; with <c>max-frame</c> as it is at this moment where nobody has stated a limit.</summary>
    public FrameReader Bounded(FrameReader frames)
    {
        if (frames != LineReader.WithoutStatedLimit)
        {
            return frames;
        }

        var (lines, most) = (_lines, _options.MaxFrame);
        return lines.MaxLength == most ? lines : _lines = new LineReader(most);
    }

    public void BeginStopping()
    {
        Enter(ServerState.Stopping);
        _stopping.CancelInBackground(log, name);
    }

    public void Add(Peer peer) => _peers[peer.Id] = peer;

    public bool Has(Peer peer) => _peers.ContainsKey(peer.Id);

    public void Remove(Peer peer) => _peers.TryRemove(peer.Id, out _);

    /// <summary>One that was added and not removed.</summary>
    public Peer FindPeer(string id) => _peers[id];

    /// <summary>Tells the server's actor of a connection, which is refused where that actor has come to its end.</summary>
    public void Arrive(ServerActor.Accepted accepted, IActorRef server)
    {
        _arriving[accepted.Transport] = true;
        server.Tell(accepted, ActorRefs.NoSender);
        if (_hasEnded)
        {
            RefuseArriving();
        }
    }

    public void Arrived(Transport transport) => _arriving.TryRemove(transport, out _);

    /// <summary>There is no actor any more that a connection could arrive at.</summary>
    public void End()
    {
        _hasEnded = true;
        RefuseArriving();
        lock (_reloading)
        {
            _gate.Dispose();
            _formerGates.ForEach(gate => gate.Dispose());
        }

        memory.Forget(this);
    }

    private void RefuseArriving()
    {
        foreach (var transport in _arriving.Keys)
        {
            if (_arriving.TryRemove(transport, out _))
            {
                Counters.Refused(RefusalReason.NotServing);
                transport.Refuse(RefusalReason.NotServing);
            }
        }
    }

    public void Lost(Endpoint endpoint) => _lostEndpoints[endpoint] = true;

    public void Regained(Endpoint endpoint) => _lostEndpoints.TryRemove(endpoint, out _);

    public void Suspended(Endpoint endpoint) => _suspendedEndpoints[endpoint] = true;

    public void Resumed(Endpoint endpoint) => _suspendedEndpoints.TryRemove(endpoint, out _);
}
