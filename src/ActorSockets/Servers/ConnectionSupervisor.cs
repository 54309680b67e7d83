using ActorSockets.Connections;
using ActorSockets.Diagnostics;
using ActorSockets.Dispatch;
using ActorSockets.Handlers;
using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>
/// Parent of all connection and datagram actors of a server. The restart policy is applied here, the deadlines are
/// checked here, and here a peer ends: when its actor has stopped and the driver has let go of its socket.
/// </summary>
/// <remarks>
/// One per server is enough: of the 26 CPU-µs of a connection that comes, says 64 bytes and goes, a tenth is spent here, nearly all of it in Akka's making of a child, and two
/// thirds in accepting and closing the socket.
/// </remarks>
internal sealed class ConnectionSupervisor : ReceiveActor, IWithTimers
{
    private readonly ServerContext _context;
    private readonly ILoggingAdapter _log;
    private readonly Dictionary<IActorRef, Peer> _byActor = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Peer> _peers = [];
    private readonly Farewells _farewells;
    private readonly FailureDecider _failures;
    private readonly IActorRef _server = Context.Parent;
    private readonly Lazy<Props> _connections;
    private readonly Lazy<Props> _datagramPeers;
    private readonly MemoryWatch _memory;
    private Drainage? _drainage;
    private LameDuck? _lameDuck;

    public ConnectionSupervisor(ServerContext context)
    {
        var self = Self;
        (_context, _log) = (context, context.Log);
        _memory = new MemoryWatch(context, _log);
        _failures = new FailureDecider(context, _log, _server);
        _connections = new(() => PropsFor(context.Handlers.Streams!));
        _datagramPeers = new(() => PropsFor(context.Handlers.Datagrams!));
        _farewells = new Farewells(context, gone => self.Tell(new Dismissed(gone), ActorRefs.NoSender));
        Receive<Start>(OnStart);
        Receive<Released>(released => FinishIfDone(released.Peer));
        Receive<EvictIdle>(OnEvictIdle);
        Receive<Dismiss>(dismiss => _farewells.Say(dismiss.Transport));
        Receive<Dismissed>(OnDismissed);
        Receive<Sweep>(OnSweep);
        Receive<SweepIntervalChanged>(_ => ScheduleSweep());
        Receive<Drain>(OnDrain);
        Receive<DrainDeadline>(OnDrainDeadline);
        Receive<EndDue>(_ => EndDueConnections());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _context.SweepFor(_context.Options);
        ScheduleSweep();
        var self = Self;
        _context.SweepIntervalChanged = () => self.Tell(SweepIntervalChanged.Instance, ActorRefs.NoSender);
    }

    // Children have stopped before this; the driver may still be closing their sockets, and nobody is left to wait for it.
    protected override void PostStop()
    {
        _farewells.Abort();
        foreach (var peer in _peers)
        {
            peer.End(CloseReason.ServerStopping);
            Record(peer);
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new PerChildStrategy(Decide, OnStopped);

    private void OnStart(Start start)
    {
        var peer = start.Peer;
        _peers.Add(peer);
        if (_drainage is not null)
        {
            peer.End(CloseReason.ServerStopping);
            FinishIfDone(peer);
            return;
        }

        var actor = Context.ActorOf(peer is Connection ? _connections.Value : _datagramPeers.Value, peer.Id);
        _byActor.Add(actor, peer);
        peer.Start(actor, Self);
        _log.Debug("[{0}] connected: {1} on {2}", peer.Id, peer.RemoteEndPoint, peer.Endpoint);
    }

    // One for all: to make them takes longer than all else about a new actor.
    private Props PropsFor(HandlerSpec handler)
    {
        var props = Props.CreateBy(new PeerActorProducer(_context, handler.ActorType)).WithDispatcher(_context.HandlerDispatcher);
        return PeerMailbox.Suits(handler.ActorType) ? props.WithMailbox(PeerMailbox.Id) : props;
    }

    private void OnEvictIdle(EvictIdle evict)
    {
        var idle = _peers.OfType<Connection>().Where(connection => connection.IsIdle).MinBy(connection => connection.LastReceived);
        idle?.EndIdle(CloseReason.Evicted);
        _server.Tell(new EvictionDecided(evict.For, idle is not null));
    }

    private void OnDismissed(Dismissed dismissed)
    {
        _farewells.Forget(dismissed.Farewell);
        ReportDrainage();
    }

    private void OnStopped(IActorRef actor)
    {
        if (_byActor.Remove(actor, out var peer))
        {
            // Where the actor was never made, nobody else has ended the peer.
            peer.End(peer.PendingReason ?? CloseReason.LocalClosed);
            (peer as Connection)?.Handled();
            FinishIfDone(peer);
        }
    }

    private void FinishIfDone(Peer peer)
    {
        if (!peer.IsReleased || _byActor.ContainsKey(peer.Self) || !_peers.Remove(peer))
        {
            return;
        }

        Record(peer);
        _server.Tell(new Ended(peer));
        ReportDrainage();
    }

    private void Record(Peer peer)
    {
        var reason = peer.CloseReason!.Value;
        _context.Counters.Closed(reason);
        _context.Remove(peer);
        if (peer is Connection connection)
        {
            connection.Handled();
            _context.Closed.Add(new ClosedConnection(
                connection.Id, connection.Endpoint, connection.RemoteEndPoint, connection.ConnectedAt, DateTimeOffset.UtcNow, reason, connection.BytesReceived, connection.BytesSent));
            if (LevelOf(reason) is { } level)
            {
                _context.Limited.Write(
                    LogLine.AbnormalEnd, level, null, "[{0}] closed: {1}; {2} on {3}, {4} bytes in, {5} out, {6} unsent; {7}",
                    connection.Id, reason, connection.RemoteEndPoint, connection.Endpoint, connection.BytesReceived, connection.BytesSent, connection.Unsent, connection.Recorder);
                return;
            }
        }

        _log.Debug("[{0}] closed: {1}", peer.Id, reason);
    }

    /// <summary>Null for an end that somebody wanted.</summary>
    private static LogLevel? LevelOf(CloseReason reason) => reason switch
    {
        CloseReason.SlowConsumer or CloseReason.TransportFailed or CloseReason.MemoryBudget => LogLevel.WarningLevel,
        CloseReason.FirstByteTimeout or CloseReason.ReadTimeout or CloseReason.FrameTimeout or CloseReason.MinRate or CloseReason.HandlerTimeout or CloseReason.HalfOpenTimeout
            or CloseReason.HandlerFailed or CloseReason.ProtocolError or CloseReason.TlsFailed or CloseReason.PeerLost or CloseReason.DrainTimeout => LogLevel.InfoLevel,
        _ => null,
    };

    private void OnSweep(Sweep sweep)
    {
        var now = Environment.TickCount64;
        foreach (var peer in _peers)
        {
            peer.Sweep(now);
            if (peer.CloseReason is CloseReason.HandlerTimeout && peer.IsReleased)
            {
                // Its handler does not watch for the end; it is not waited for.
                Context.Stop(peer.Self);
            }
        }

        _farewells.Sweep(now);
        _context.Limited.ReportSuppressed();
        _memory.Look(_peers, now);
        ScheduleSweep();
    }

    private void ScheduleSweep() => Timers.StartSingleTimer(nameof(Sweep), Sweep.Instance, _context.SweepInterval);

    private Directive Decide(IActorRef child, Exception exception) =>
        _byActor.TryGetValue(child, out var peer) ? _failures.Decide(peer, exception) : Directive.Stop;

    private void OnDrain(Drain drain)
    {
        if (_drainage is null)
        {
            _drainage = new Drainage(_peers.Count, drain.Reason);
            foreach (var (actor, peer) in _byActor)
            {
                (peer as Connection)?.Recorder.Record(ConnectionEventKind.ServerStopping);
                actor.Tell(PeerActor.Stopping.Instance);
            }

            if (_context.Options.DrainSpread > TimeSpan.Zero)
            {
                var spread = _context.Options.DrainSpread < drain.Timeout ? _context.Options.DrainSpread : drain.Timeout;
                _lameDuck = new LameDuck(_peers.OfType<Connection>(), spread, Environment.TickCount64);
                EndDueConnections();
            }
        }

        if (drain.Caller is { } caller)
        {
            _drainage.Callers.Add(caller);
        }

        // The earliest deadline counts: a second stop may be in more of a hurry.
        var now = Environment.TickCount64;
        _drainage.Deadline = Math.Min(_drainage.Deadline, now + (long)TimerLimit.Cut(drain.Timeout).TotalMilliseconds);
        Timers.StartSingleTimer(nameof(DrainDeadline), DrainDeadline.Instance, TimeSpan.FromMilliseconds(Math.Max(0, _drainage.Deadline - now)));
        ReportDrainage();
    }

    private void EndDueConnections()
    {
        if (_lameDuck!.EndDue(Environment.TickCount64))
        {
            Timers.StartSingleTimer(nameof(EndDue), EndDue.Instance, _lameDuck.NextPause);
        }
    }

    private void OnDrainDeadline(DrainDeadline deadline)
    {
        foreach (var peer in _peers)
        {
            if (peer.CloseReason is null)
            {
                _drainage!.Aborted++;
                _log.Warning("[{0}] has not finished in time and is cut", peer.Id);
            }

            peer.Abort(_drainage!.Reason);
        }

        foreach (var actor in _byActor.Keys)
        {
            Context.Stop(actor);
        }

        _farewells.Abort();
    }

    private void ReportDrainage()
    {
        if (_drainage is null)
        {
            return;
        }

        var report = new StopReport(_drainage.Peers - _drainage.Aborted - _peers.Count, _drainage.Aborted);

        // A handler that stops its own server must not wait for itself: it is answered when the others are gone.
        if (_peers.Count > 0 && _peers.All(peer => _drainage.Callers.Exists(caller => caller.Handler.Equals(peer.Self))))
        {
            _drainage.Callers.ForEach(caller => caller.Reply.TrySetResult(report));
        }

        if (_peers.Count == 0 && _farewells.AreOver)
        {
            Timers.Cancel(nameof(DrainDeadline));
            _server.Tell(new Drained(report));
        }
    }

    /// <summary>Make an actor for this peer.</summary>
    public sealed record Start(Peer Peer);

    /// <summary>The driver has let go of this peer's socket.</summary>
    public sealed record Released(Peer Peer) : IDeadLetterSuppression;

    /// <summary>End the connection that has been idle longest, to make room. Answered by <see cref="EvictionDecided"/>.</summary>
    public sealed record EvictIdle(ServerActor.Accepted For);

    /// <summary>To the server: there will be room, or nobody was idle.</summary>
    public sealed record EvictionDecided(ServerActor.Accepted For, bool Evicts);

    /// <summary>Send <c>reject-with</c> to a connection that is refused, and close it.</summary>
    public sealed record Dismiss(Transport Transport);

    private sealed record Dismissed(Farewell Farewell) : IDeadLetterSuppression;

    /// <summary>To the server: nothing of this peer is left.</summary>
    public sealed record Ended(Peer Peer);

    /// <summary>Let the handlers finish; at the deadline cut those that have not. Answered by <see cref="Drained"/>. A second one may bring the deadline forward.</summary>
    /// <param name="Timeout">How long they may take.</param>
    /// <param name="Caller">The handler that asks, if one does.</param>
    /// <param name="Reason">With which those end that are cut.</param>
    public sealed record Drain(TimeSpan Timeout, HandlerCaller? Caller, CloseReason Reason = CloseReason.DrainTimeout);

    /// <summary>A peer's actor whose handler has stopped the server and may be waiting for it.</summary>
    public sealed record HandlerCaller(IActorRef Handler, TaskCompletionSource<StopReport> Reply);

    /// <summary>To the server: a handler failed, and the policy is to stop the server for it.</summary>
    public sealed record Escalated(Exception Cause);

    /// <summary>All peers are gone.</summary>
    public sealed record Drained(StopReport Report);

    private sealed record Sweep
    {
        public static readonly Sweep Instance = new();
    }

    private sealed record SweepIntervalChanged : IDeadLetterSuppression
    {
        public static readonly SweepIntervalChanged Instance = new();
    }

    private sealed record EndDue
    {
        public static readonly EndDue Instance = new();
    }

    private sealed record DrainDeadline
    {
        public static readonly DrainDeadline Instance = new();
    }

    private sealed class Drainage(int peers, CloseReason reason)
    {
        public int Peers => peers;

        public CloseReason Reason => reason;

        public int Aborted { get; set; }

        public long Deadline { get; set; } = long.MaxValue;

        public List<HandlerCaller> Callers { get; } = [];
    }
}
