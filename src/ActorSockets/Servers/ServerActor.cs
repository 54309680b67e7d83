using ActorSockets.Connections;
using ActorSockets.Drivers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>
/// One server: binds all endpoints or none, admits connections up to the limit, and stops in order: listeners first,
/// then connections drain, then endpoints are given up.
/// </summary>
internal sealed class ServerActor : ReceiveActor
{
    private readonly ServerContext _context;
    private readonly ServerOutcome _outcome;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _connections;
    private readonly IActorRef _listeners;
    private readonly Queue<Accepted> _waiting = new();
    private int _active;

    public ServerActor(ServerContext context, Driver driver, ServerOutcome outcome)
    {
        (_context, _outcome) = (context, outcome);
        _connections = Context.ActorOf(Props.Create(() => new ConnectionSupervisor(context)), "connections");
        _listeners = Context.ActorOf(Props.Create(() => new ListenerSupervisor(context, driver, _connections)), "listeners");
        Become(Starting);
    }

    // Neither child runs user code. If one fails all the same, the server cannot go on.
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
        RefuseWaiting();
        _log.Info("[{0}] stopped: {1} drained, {2} aborted", _context.Name, _outcome.Report.Drained, _outcome.Report.Aborted);
    }

    private void Starting()
    {
        // What is accepted before all endpoints are bound waits: if one cannot be bound, also of another server that starts with this one, nobody was served.
        Receive<Accepted>(accepted =>
        {
            if (_waiting.Count < _context.Options.Backlog)
            {
                _waiting.Enqueue(accepted);
            }
            else
            {
                Refuse(accepted, RefusalReason.NotServing);
            }
        });
        Receive<ListenerSupervisor.AllBound>(bound =>
        {
            foreach (var endpoint in bound.Endpoints)
            {
                _log.Info("[{0}] listens on {1}", _context.Name, endpoint);
            }

            _outcome.Bound(bound.Endpoints);
        });
        Receive<Serve>(_ =>
        {
            _context.BeginServing();
            Become(Running);
            AdmitAll();
        });
        Receive<ListenerSupervisor.StartFailed>(failed =>
        {
            _outcome.Fail(failed.Cause);
            RefuseWaiting();
            _listeners.Tell(ListenerActor.Unbind.Instance);
            Become(Unbinding);
        });
        Receive<Stop>(stop =>
        {
            _outcome.Fail(new OperationCanceledException($"server '{_context.Name}' was stopped while it started"));
            BeginStop(stop);
        });
    }

    private void Running()
    {
        Receive<Accepted>(Admit);
        Receive<ConnectionSupervisor.Ended>(OnEnded);
        Receive<StopAccepting>(_ =>
        {
            RefuseWaiting();
            _listeners.Tell(ListenerActor.StopAccepting.Instance);
        });
        Receive<Stop>(BeginStop);
        Receive<ConnectionSupervisor.Escalated>(OnEscalated);
    }

    private void Draining()
    {
        Receive<Accepted>(accepted => Refuse(accepted, RefusalReason.NotServing));
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
        Receive<Accepted>(accepted => Refuse(accepted, RefusalReason.NotServing));
        Receive<ListenerSupervisor.Unbound>(_ => Context.Stop(Self));
        ReceiveAny(_ => { });
    }

    private void Admit(Accepted accepted)
    {
        if (_active < _context.Options.MaxConnections)
        {
            _active++;
            _context.Counters.Accepted();
            _connections.Tell(new ConnectionSupervisor.Start(
                new Connection(_context, _context.NextPeerId(), accepted.Endpoint, accepted.Transport)));
        }
        else if (_context.Options.Overflow == Overflow.Wait && _waiting.Count < _context.Options.Backlog)
        {
            _waiting.Enqueue(accepted);
        }
        else
        {
            _log.Debug("[{0}] refused {1}: max-connections = {2} are active", _context.Name, accepted.Transport.RemoteEndPoint, _active);
            Refuse(accepted, RefusalReason.ServerFull);
        }
    }

    private void OnEnded(ConnectionSupervisor.Ended ended)
    {
        if (ended.Peer is Connection)
        {
            _active--;
            AdmitWaiting();
        }
    }

    private void AdmitWaiting()
    {
        while (_active < _context.Options.MaxConnections && _waiting.TryDequeue(out var accepted))
        {
            Admit(accepted);
        }
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
        Become(Draining);
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
    }

    /// <summary>From a driver: a connection was accepted.</summary>
    public sealed record Accepted(Transport Transport, Endpoint Endpoint);

    /// <summary>All endpoints are bound, here and wherever else it matters: serve.</summary>
    public sealed record Serve
    {
        public static readonly Serve Instance = new();
    }

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
