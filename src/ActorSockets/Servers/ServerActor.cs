using ActorSockets.Connections;
using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>
/// One server: binds all endpoints or none, admits connections up to the limit, and stops in order: listeners first,
/// then connections drain, then endpoints are given up.
/// </summary>
internal sealed partial class ServerActor : ReceiveActor, IWithTimers
{
    private const string Stopped = "the server was stopped";

    private readonly ServerContext _context;
    private readonly ServerOutcome _outcome;
    private readonly ILoggingAdapter _log;
    private readonly Queue<Accepted> _waiting = new();
    private readonly Queue<DatagramRouter> _held = new();
    private readonly Queue<ServeRequest> _requests = new();

    public ServerActor(ServerContext context, ServerOutcome outcome)
    {
        (_context, _log, _outcome) = (context, context.Log, outcome);
        context.Routers = [.. context.Endpoints.Where(endpoint => endpoint.IsDatagram).Select(_ => new DatagramRouter(context, Self))];
        WatchConstruction();
        PrepareFarewells();
        StartChildren();
        Become(Holding);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    // None of its children lets user code fail. One that fails all the same is made again, as one that was stopped.
    protected override SupervisorStrategy SupervisorStrategy() => new PerChildStrategy((child, failure) =>
    {
        _log.Error(failure, "[{0}] its actor '{1}' has failed: {2}", _context.Name, child.Path.Name, failure.Message);
        return Directive.Stop;
    });

    // Its children have stopped; the driver may still be closing sockets, and nobody is left to wait for it.
    protected override void PostStop()
    {
        CancelRequests(Stopped);
        RefuseWaiting();
        _farewells.Abort();
        foreach (var peer in _context.Peers)
        {
            if (peer.Self.IsNobody())
            {
                // Nothing has begun that could come to an end.
                peer.Abort(CloseReason.ServerStopping);
            }

            peer.End(peer.PendingReason ?? CloseReason.ServerStopping);
            Departure.Record(_context, peer);
        }

        _log.Info("[{0}] stopped: {1} drained, {2} aborted", _context.Name, _outcome.Report.Drained, _outcome.Report.Aborted);
    }

    /// <summary>From the first bind until it is decided that everybody is served. If an endpoint cannot be bound, also of another server that starts with this one, nobody was served.</summary>
    private void Holding()
    {
        ReceiveAccepted(accepted =>
        {
            if (accepted.Refusal is { } reason)
            {
                RefuseForWantOfRoom(accepted, reason);
            }
            else if (_waiting.Count < _context.Options.Backlog)
            {
                _waiting.Enqueue(accepted);
                ServeRequested();
            }
            else
            {
                Refuse(accepted, RefusalReason.NotServing);
            }
        });
        Receive<DatagramRouter.Held>(held =>
        {
            _held.Enqueue(held.Router);
            ServeRequested();
        });
        Receive<ServeOne>(serve =>
        {
            while (_requests.TryPeek(out var first) && first.IsDecided)
            {
                _requests.Dequeue();
            }

            _requests.Enqueue(serve.Request);
            ServeRequested();
            serve.Request.Queued();
        });
        Receive<ConnectionSupervisor.Ended>(OnEnded);
        ReceiveChildren();
        ReceiveFarewells();
        Receive<ListenerSupervisor.AllBound>(bound =>
        {
            _context.BoundEndpoints = bound.Endpoints;
            foreach (var endpoint in bound.Endpoints)
            {
                _log.Info("[{0}] listens on {1}, handlers run on {2}", _context.Name, endpoint, _context.HandlerDispatcher);
            }

            if (_context.Admission.Most < _context.Options.MaxConnections)
            {
                _log.Warning("[{0}] takes at most {1} connections, not max-connections = {2}: the process may not have more descriptors", _context.Name, _context.Admission.Most, _context.Options.MaxConnections);
            }

            if (OpenEndpoints.Find(_context.Options, bound.Endpoints) is { Count: > 0 } open)
            {
                _log.Warning(
                    "[{0}] anybody who reaches {1} can connect, and without TLS: name networks in allow, which may be [\"0.0.0.0/0\", \"::/0\"] where everybody is meant, or listen on tls: or a loopback address",
                    _context.Name,
                    string.Join(", ", open));
            }

            if (_context.Tls.Watch is { } watch)
            {
                StartChild(new Child("certificates", () => Props.Create(() => new TickActor(watch, _context)), new Backoff(_context)));
            }

            _context.TryEnter(ServerState.Starting, ServerState.Bound);
            _outcome.Bound(bound.Endpoints);
        });
        Receive<Serve>(_ =>
        {
            CancelRequests("everybody is served from now on");
            StartTicks();
            Become(Running);
            AdmitAll();
            TellListeners();
        });
        Receive<ListenerSupervisor.StartFailed>(failed => FailStart(failed.Cause));
        Receive<StopAccepting>(OnStopAccepting);

        // The state is ahead of the message that makes it true.
        Receive<Suspend>(Self.Forward);
        Receive<Resume>(Self.Forward);
        Receive<Stop>(stop =>
        {
            _outcome.StoppedBeforeBound($"server '{_context.Name}' was stopped while it started");
            BeginStop(stop);
        });
        Receive<ConnectionSupervisor.Escalated>(OnEscalated);
    }

    private void Running()
    {
        ReceiveAccepted(Admit);
        ReceiveChildren();
        ReceiveFarewells();
        ReceiveSuspensions();
        Receive<DatagramRouter.Held>(_ => { });
        Receive<Reloaded>(_ => AdmitWaiting());
        ReceiveHandlersFail();
        Receive<ServeOne>(serve => serve.Request.Cancel("everybody is served already"));
        Receive<ConnectionSupervisor.Ended>(OnEnded);
        Receive<StopAccepting>(OnStopAccepting);
        Receive<Stop>(BeginStop);
        Receive<ConnectionSupervisor.Escalated>(OnEscalated);
    }

    private void ReceiveAccepted(Action<Accepted> handle) => Receive<Accepted>(accepted =>
    {
        _context.Arrived(accepted.Transport);
        handle(accepted);
    });

    /// <summary>Brings those who wait together with the wishes to serve one.</summary>
    private void ServeRequested()
    {
        while (_requests.Count > 0 && (_waiting.Count > 0 || _held.Count > 0))
        {
            var request = _requests.Dequeue();
            if (!request.TryBegin())
            {
                continue;
            }

            if (_waiting.TryDequeue(out var accepted))
            {
                if (!accepted.HasPlace)
                {
                    _context.Admission.Take();
                }

                Start(accepted, request);
            }
            else
            {
                _held.Dequeue().DeliverHeld(request);
            }
        }
    }

    private void CancelRequests(string why)
    {
        while (_requests.TryDequeue(out var request))
        {
            request.Cancel(why);
        }
    }

    /// <summary>From a driver: a connection was accepted.</summary>
    /// <param name="Transport">Its bytes.</param>
    /// <param name="Endpoint">Where it came in.</param>
    /// <param name="HasPlace">It was not accepted before there was a place for it.</param>
    /// <param name="Refusal">Why it is refused in any case, for want of room; null: it is not.</param>
    public sealed record Accepted(Transport Transport, Endpoint Endpoint, bool HasPlace = false, RefusalReason? Refusal = null);

    /// <summary>Other options are in force.</summary>
    public sealed record Reloaded : IDeadLetterSuppression
    {
        public static readonly Reloaded Instance = new();
    }

    /// <summary>All endpoints are bound, here and wherever else it matters: serve.</summary>
    public sealed record Serve
    {
        public static readonly Serve Instance = new();
    }

    /// <summary>Serve one of those who wait, or the next who comes.</summary>
    public sealed record ServeOne(ServeRequest Request);

    /// <summary>Refuse new clients at these endpoints until <see cref="Resume"/>.</summary>
    public sealed record Suspend(IReadOnlyCollection<Endpoint> Endpoints, TaskCompletionSource Done);

    /// <summary>Serve new clients at these endpoints again.</summary>
    public sealed record Resume(IReadOnlyCollection<Endpoint> Endpoints, TaskCompletionSource Done);

    /// <summary>Accept nothing more, and let everything else go on.</summary>
    public sealed record StopAccepting
    {
        public static readonly StopAccepting Instance = new();
    }

    /// <summary>Stop gracefully.</summary>
    /// <param name="DrainTimeout">How long handlers may take to finish.</param>
    /// <param name="Caller">The handler that asks, if one does.</param>
    public sealed record Stop(TimeSpan DrainTimeout, ConnectionSupervisor.HandlerCaller? Caller) : IDeadLetterSuppression;
}
