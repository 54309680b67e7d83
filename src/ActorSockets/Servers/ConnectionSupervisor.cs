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
    private readonly FailureDecider _failures;
    private readonly IActorRef _server = Context.Parent;
    private readonly Lazy<Props> _connections;
    private readonly Lazy<Props> _datagramPeers;
    private readonly MemoryWatch _memory;
    private Drainage? _drainage;
    private LameDuck? _lameDuck;

    public ConnectionSupervisor(ServerContext context)
    {
        (_context, _log) = (context, context.Log);
        _memory = new MemoryWatch(context, _log);
        _failures = new FailureDecider(context, _log, _server);
        _connections = new(() => PropsFor(context.Handlers.Streams!));
        _datagramPeers = new(() => PropsFor(context.Handlers.Datagrams!));
        Receive<Start>(start => OnStart(start.Peer));
        Receive<Adopt>(_ => AdoptAll());
        Receive<Released>(released => FinishIfDone(released.Peer));
        Receive<Sweep>(OnSweep);
        Receive<LookAtMemory>(_ => OnLookAtMemory(RunningTime.Now));
        Receive<SweepIntervalChanged>(_ => ScheduleSweep());
        Receive<Drain>(OnDrain);
        Receive<Cut>(_ => CutAll());
        Receive<EndDue>(_ => EndDueConnections());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        RunningTime.BeginToLook();
        _context.SweepFor(_context.Options);
        ScheduleSweep();
        var self = Self;
        _context.SweepIntervalChanged = () => self.Tell(SweepIntervalChanged.Instance, ActorRefs.NoSender);
    }

    protected override void PostStop() => RunningTime.EndToLook();

    protected override SupervisorStrategy SupervisorStrategy() => new PerChildStrategy(Decide, OnStopped);

    private void OnStart(Peer peer)
    {
        // One that another message has told of is not started twice.
        if (!_context.Has(peer) || !_peers.Add(peer))
        {
            return;
        }

        if (_drainage is not null)
        {
            peer.End(CloseReason.ServerStopping);
            FinishIfDone(peer);
            return;
        }

        var actor = Context.ActorOf(peer is Connection ? _connections.Value : _datagramPeers.Value, peer.Id);
        _byActor.Add(actor, peer);
        peer.Start(actor);
        _log.Debug("[{0}] connected: {1} on {2}", peer.Id, peer.RemoteEndPoint, peer.Endpoint);
    }

    /// <summary>The supervisor before has ended, and the actors of its peers with it.</summary>
    private void AdoptAll()
    {
        foreach (var peer in _context.Peers)
        {
            if (peer.Self.IsNobody())
            {
                OnStart(peer);
            }
            else if (_peers.Add(peer))
            {
                if (_context.State == ServerState.Stopping)
                {
                    // It did not finish: it went with the supervisor.
                    CountCut(peer);
                }

                OnActorStopped(peer);
            }
        }
    }

    // One for all: to make them takes longer than all else about a new actor.
    private Props PropsFor(HandlerSpec handler)
    {
        var props = Props.CreateBy(new PeerActorProducer(_context, handler.ActorType)).WithDispatcher(_context.HandlerDispatcher);
        return PeerMailbox.Suits(handler.ActorType) ? props.WithMailbox(PeerMailbox.Id) : props;
    }

    private void OnStopped(IActorRef actor)
    {
        if (_byActor.Remove(actor, out var peer))
        {
            OnActorStopped(peer);
        }
    }

    private void OnActorStopped(Peer peer)
    {
        // Where the actor was never made, nobody else has ended the peer.
        peer.End(peer.PendingReason ?? CloseReason.LocalClosed);
        (peer as Connection)?.Handled();
        FinishIfDone(peer);
    }

    private void FinishIfDone(Peer peer)
    {
        if (!peer.IsReleased || _byActor.ContainsKey(peer.Self) || !_peers.Remove(peer))
        {
            return;
        }

        Departure.Record(_context, peer);
        _server.Tell(new Ended(peer));
        ReportDrainage();
    }

    private void OnSweep(Sweep sweep)
    {
        var now = RunningTime.Look();
        foreach (var peer in _peers)
        {
            peer.Sweep(now);
            if (peer.CloseReason is CloseReason.HandlerTimeout && peer.IsReleased)
            {
                // Its handler does not watch for the end; it is not waited for.
                Context.Stop(peer.Self);
            }
        }

        _context.Limited.ReportSuppressed();
        OnLookAtMemory(now);
        ScheduleSweep();
    }

    private void OnLookAtMemory(long now)
    {
        _memory.Look(_peers, now);
        if (_context.Memory.IsNear)
        {
            Timers.StartSingleTimer(nameof(LookAtMemory), LookAtMemory.Instance, MemoryWatch.ShortPause);
        }
    }

    private void ScheduleSweep() => Timers.StartSingleTimer(nameof(Sweep), Sweep.Instance, _context.SweepInterval);

    private Directive Decide(IActorRef child, Exception exception) =>
        _byActor.TryGetValue(child, out var peer) ? _failures.Decide(peer, exception) : Directive.Stop;

    private void OnDrain(Drain drain)
    {
        if (_drainage is null)
        {
            _drainage = new Drainage(Math.Max(drain.Peers, _peers.Count), drain.Reason);
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

        ReportDrainage();
    }

    private void EndDueConnections()
    {
        if (_lameDuck!.EndDue(Environment.TickCount64))
        {
            Timers.StartSingleTimer(nameof(EndDue), EndDue.Instance, _lameDuck.NextPause);
        }
    }

    private void CutAll()
    {
        foreach (var peer in _peers)
        {
            if (peer.CloseReason is null)
            {
                CountCut(peer);
                _log.Warning("[{0}] has not finished in time and is cut", peer.Id);
            }

            peer.Abort(_drainage!.Reason);
        }

        foreach (var actor in _byActor.Keys)
        {
            Context.Stop(actor);
        }
    }

    private void CountCut(Peer peer)
    {
        if (!peer.IsCut)
        {
            peer.IsCut = true;
            _context.Cut++;
        }
    }

    private void ReportDrainage()
    {
        if (_drainage is null)
        {
            return;
        }

        var report = new StopReport(_drainage.Peers - _context.Cut - _peers.Count, _context.Cut);

        // A handler that stops its own server must not wait for itself: it is answered when the others are gone.
        if (_peers.Count > 0 && _peers.All(peer => _drainage.Callers.Exists(caller => caller.Handler.Equals(peer.Self))))
        {
            _drainage.Callers.ForEach(caller => caller.Reply.TrySetResult(report));
        }

        if (_peers.Count == 0)
        {
            _server.Tell(new Drained(report));
        }
    }

    /// <summary>Make an actor for this peer.</summary>
    public sealed record Start(Peer Peer) : IDeadLetterSuppression;

    /// <summary>Take over all peers from the supervisor before, which has ended: start who was not started, and see the others out.</summary>
    public sealed record Adopt : IDeadLetterSuppression
    {
        public static readonly Adopt Instance = new();
    }

    /// <summary>The driver has let go of this peer's socket.</summary>
    public sealed record Released(Peer Peer) : IDeadLetterSuppression;

    /// <summary>To the server: nothing of this peer is left.</summary>
    public sealed record Ended(Peer Peer);

    /// <summary>Let the handlers finish, until <see cref="Cut"/>. Answered by <see cref="Drained"/>.</summary>
    /// <param name="Timeout">How long they may take; the server watches it.</param>
    /// <param name="Caller">The handler that asks, if one does.</param>
    /// <param name="Reason">With which those end that are cut.</param>
    /// <param name="Peers">How many there were when the server began to stop.</param>
    public sealed record Drain(TimeSpan Timeout, HandlerCaller? Caller, CloseReason Reason, int Peers) : IDeadLetterSuppression;

    /// <summary>The time of the drain is over: cut those that have not finished.</summary>
    public sealed record Cut : IDeadLetterSuppression
    {
        public static readonly Cut Instance = new();
    }

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

    private sealed record LookAtMemory
    {
        public static readonly LookAtMemory Instance = new();
    }

    private sealed record SweepIntervalChanged : IDeadLetterSuppression
    {
        public static readonly SweepIntervalChanged Instance = new();
    }

    private sealed record EndDue
    {
        public static readonly EndDue Instance = new();
    }

    private sealed class Drainage(int peers, CloseReason reason)
    {
        public int Peers => peers;

        public CloseReason Reason => reason;

        public List<HandlerCaller> Callers { get; } = [];
    }
}
