using ActorSockets.Connections;
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
    private readonly IActorRef _connections;
    private readonly IActorRef _listeners;
    private readonly Queue<Accepted> _waiting = new();
    private readonly Queue<DatagramRouter> _held = new();
    private readonly Queue<ServeRequest> _requests = new();

    public ServerActor(ServerContext context, ServerOutcome outcome)
    {
        (_context, _log, _outcome) = (context, context.Log, outcome);
        WatchConstruction();
        _connections = Context.ActorOf(Props.Create(() => new ConnectionSupervisor(context)).WithDispatcher(context.Dispatcher), "connections");
        _listeners = Context.ActorOf(Props.Create(() => new ListenerSupervisor(context, _connections)).WithDispatcher(context.Dispatcher), "listeners");
        Become(Holding);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    // None of its children lets user code fail. If one fails all the same, the server cannot go on.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        exception =>
        {
            _outcome.Fail(exception);
            _log.Error(exception, "[{0}] stops because of a failure of its own: {1}", _context.Name, exception.Message);
            return Directive.Escalate;
        },
        loggingEnabled: false);

    protected override void PostStop()
    {
        CancelRequests(Stopped);
        RefuseWaiting();
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
        Receive<ListenerSupervisor.AllBound>(bound =>
        {
            foreach (var endpoint in bound.Endpoints)
            {
                _log.Info("[{0}] listens on {1}, handlers run on {2}", _context.Name, endpoint, _context.HandlerDispatcher);
            }

            if (_context.Admission.Most < _context.Options.MaxConnections)
            {
                _log.Warning("[{0}] takes at most {1} connections, not max-connections = {2}: the process may not have more descriptors", _context.Name, _context.Admission.Most, _context.Options.MaxConnections);
            }

            if (_context.Tls.Watch is { } watch)
            {
                Context.ActorOf(Props.Create(() => new TickActor(watch, _context)), "certificates");
            }

            _context.TryEnter(ServerState.Starting, ServerState.Bound);
            _outcome.Bound(bound.Endpoints);
        });
        Receive<Serve>(_ =>
        {
            CancelRequests("everybody is served from now on");
            foreach (var (index, tick) in _context.Handlers.Hooks.Ticks.Index())
            {
                Context.ActorOf(Props.Create(() => new TickActor(tick, _context)).WithDispatcher(_context.HandlerDispatcher), $"tick-{index + 1}");
            }

            Become(Running);
            AdmitAll();
            _listeners.Tell(ListenerSupervisor.OpenRouters.Instance);
        });
        Receive<ListenerSupervisor.StartFailed>(failed =>
        {
            _outcome.Fail(failed.Cause);
            RefuseWaiting();
            _listeners.Tell(ListenerActor.Unbind.Instance);
            Become(Unbinding);
        });
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
        Receive<ConnectionSupervisor.EvictionDecided>(OnEvictionDecided);
        Receive<DatagramRouter.Held>(_ => { });
        Receive<Reloaded>(_ => AdmitWaiting());
        ReceiveHandlersFail();
        Receive<ServeOne>(serve => serve.Request.Cancel("everybody is served already"));
        Receive<ConnectionSupervisor.Ended>(OnEnded);
        Receive<StopAccepting>(OnStopAccepting);
        Receive<Suspend>(suspend =>
        {
            _context.TryEnter(ServerState.Serving, ServerState.Suspended);
            _listeners.Tell(new ListenerSupervisor.Suspend(suspend.Done));
        });
        Receive<Resume>(resume =>
        {
            _context.TryEnter(ServerState.Suspended, ServerState.Serving);
            _listeners.Tell(new ListenerSupervisor.Resume(resume.Done));
        });
        Receive<Stop>(BeginStop);
        Receive<ConnectionSupervisor.Escalated>(OnEscalated);
    }

    private void Draining()
    {
        ReceiveAccepted(accepted => Refuse(accepted, RefusalReason.NotServing));
        Receive<ConnectionSupervisor.EvictionDecided>(decided => Refuse(decided.For, RefusalReason.NotServing));
        Receive<DatagramRouter.Held>(_ => { });
        Receive<ServeOne>(serve => serve.Request.Cancel(Stopped));
        Receive<ConnectionSupervisor.Ended>(_ => { });
        Receive<Stop>(stop => _connections.Tell(new ConnectionSupervisor.Drain(stop.DrainTimeout, stop.Caller)));
        Receive<ConnectionSupervisor.Escalated>(escalated => _outcome.Fail(escalated.Cause));
        Receive<ConnectionSupervisor.Drained>(drained =>
        {
            _outcome.Drained(drained.Report);
            _listeners.Tell(ListenerActor.Unbind.Instance);
            Become(Unbinding);
        });
    }

    private void Unbinding()
    {
        ReceiveAccepted(accepted => Refuse(accepted, RefusalReason.NotServing));
        Receive<ConnectionSupervisor.EvictionDecided>(decided => Refuse(decided.For, RefusalReason.NotServing));
        Receive<ListenerSupervisor.Unbound>(_ => Context.Stop(Self));
        ReceiveAny(_ => { });
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

    /// <summary>Serves a connection that has its place.</summary>
    private void Start(Accepted accepted, ServeRequest? request = null)
    {
        _context.Counters.Accepted();
        var connection = new Connection(_context, _context.NextPeerId(), accepted.Endpoint, accepted.Transport, request);
        _context.Add(connection);
        _connections.Tell(new ConnectionSupervisor.Start(connection));
    }

    private void Admit(Accepted accepted)
    {
        if (accepted.Refusal is { } reason)
        {
            RefuseForWantOfRoom(accepted, reason);
        }
        else if (accepted.HasPlace || _context.Admission.TryTake())
        {
            Start(accepted);
        }
        else if (_context.Options.Overflow == Overflow.Wait && _waiting.Count < _context.Options.Backlog)
        {
            _waiting.Enqueue(accepted);
        }
        else if (_context.Options.Overflow == Overflow.EvictIdle)
        {
            _connections.Tell(new ConnectionSupervisor.EvictIdle(accepted));
        }
        else
        {
            RefuseForWantOfRoom(accepted, RefusalReason.ServerFull);
        }
    }

    /// <summary>Whoever was idle makes room soon, or there was nobody.</summary>
    private void OnEvictionDecided(ConnectionSupervisor.EvictionDecided decided)
    {
        if (decided.Evicts && _context.Admission.IsFull && _waiting.Count < _context.Options.Backlog)
        {
            _waiting.Enqueue(decided.For);
        }
        else if (_context.Admission.TryTake())
        {
            Start(decided.For);
        }
        else
        {
            RefuseForWantOfRoom(decided.For, RefusalReason.ServerFull);
        }
    }

    private void RefuseForWantOfRoom(Accepted accepted, RefusalReason reason)
    {
        _log.Debug("[{0}] refused {1}: {2}", _context.Name, accepted.Transport.RemoteEndPoint, reason);
        if (_context.Options.RejectWith.IsEmpty)
        {
            Refuse(accepted, reason);
            return;
        }

        _context.Counters.Refused(reason);
        _connections.Tell(new ConnectionSupervisor.Dismiss(accepted.Transport));
        GiveBackPlace(accepted);
    }

    /// <summary>There may be more places now.</summary>
    private void AdmitWaiting()
    {
        while (_waiting.Count > 0 && _context.Admission.TryTake())
        {
            Start(_waiting.Dequeue());
        }
    }

    private void OnEnded(ConnectionSupervisor.Ended ended)
    {
        if (ended.Peer is not Connection)
        {
            return;
        }

        if (_context.State is ServerState.Serving or ServerState.Suspended && _waiting.TryDequeue(out var next))
        {
            // It has the place of the one that ended.
            Start(next);
        }
        else
        {
            _context.Admission.Release();
        }
    }

    private void CancelRequests(string why)
    {
        while (_requests.TryDequeue(out var request))
        {
            request.Cancel(why);
        }
    }

    private void OnStopAccepting(StopAccepting message)
    {
        RefuseWaiting();
        _listeners.Tell(ListenerActor.StopAccepting.Instance);
    }

    /// <summary>What was accepted before the server served: now each is admitted, waits or is refused.</summary>
    private void AdmitAll()
    {
        var early = _waiting.ToArray();
        _waiting.Clear();
        Array.ForEach(early, Admit);
    }

    // The server's state may be broken: nobody is served to the end.
    private void OnEscalated(ConnectionSupervisor.Escalated escalated)
    {
        _outcome.Fail(escalated.Cause);
        _log.Error("[{0}] stops because a failure was escalated: {1}", _context.Name, escalated.Cause.Message);
        BeginStop(new Stop(TimeSpan.Zero, null), CloseReason.ServerStopping);
    }

    private void BeginStop(Stop stop) => BeginStop(stop, CloseReason.DrainTimeout);

    private void BeginStop(Stop stop, CloseReason reason)
    {
        _log.Info("[{0}] stopping: {1} connections and datagram peers have {2:0.###} s to finish", _context.Name, _context.Counters.Read().Active, stop.DrainTimeout.TotalSeconds);
        Timers.CancelAll();
        Become(Draining);
        CancelRequests(Stopped);
        RefuseWaiting();
        _context.BeginStopping();
        _listeners.Tell(ListenerActor.StopAccepting.Instance);
        _connections.Tell(new ConnectionSupervisor.Drain(stop.DrainTimeout, stop.Caller, reason));
    }

    private void RefuseWaiting()
    {
        while (_waiting.TryDequeue(out var accepted))
        {
            Refuse(accepted, RefusalReason.NotServing);
        }
    }

    private void Refuse(Accepted accepted, RefusalReason reason)
    {
        _context.Counters.Refused(reason);
        accepted.Transport.Refuse(reason);
        GiveBackPlace(accepted);
    }

    private void GiveBackPlace(Accepted accepted)
    {
        if (accepted.HasPlace)
        {
            _context.Admission.Release();
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

    /// <summary>Refuse new clients until <see cref="Resume"/>.</summary>
    public sealed record Suspend(TaskCompletionSource Done);

    /// <summary>Serve new clients again.</summary>
    public sealed record Resume(TaskCompletionSource Done);

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
