using ActorSockets.Connections;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <content>Its end, in order: nobody more is accepted, connections and farewells have their time, then the endpoints are given up.</content>
internal sealed partial class ServerActor
{
    private bool _acceptsNoMore;
    private bool _drained;
    private bool _isUnbinding;
    private long _drainDeadline = long.MaxValue;
    private CloseReason _cutReason;
    private int _peersAtStop;

    private bool IsDraining => _drainDeadline < long.MaxValue;

    private void Draining()
    {
        ReceiveAccepted(accepted => Refuse(accepted, RefusalReason.NotServing));
        ReceiveChildren();
        ReceiveFarewells();
        Receive<DatagramRouter.Held>(_ => { });
        Receive<ServeOne>(serve => serve.Request.Cancel(Stopped));
        Receive<ConnectionSupervisor.Ended>(_ => { });
        Receive<Stop>(stop => Drain(stop.DrainTimeout, stop.Caller));
        Receive<ConnectionSupervisor.Escalated>(escalated => _outcome.Fail(escalated.Cause));
        Receive<DrainDeadline>(_ =>
        {
            _farewells.Abort();
            _connections.Tell(ConnectionSupervisor.Cut.Instance);
        });
        Receive<ConnectionSupervisor.Drained>(drained =>
        {
            _outcome.Drained(drained.Report);
            _drained = true;
            UnbindWhenDrained();
        });
    }

    private void Unbinding()
    {
        ReceiveAccepted(accepted => Refuse(accepted, RefusalReason.NotServing));
        Receive<ListenerSupervisor.Unbound>(_ => Context.Stop(Self));
        ReceiveChildren();
        ReceiveAny(_ => { });
    }

    private void OnStopAccepting(StopAccepting message)
    {
        _acceptsNoMore = true;
        RefuseWaiting();
        _listeners.Tell(ListenerActor.StopAccepting.Instance);
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
        SweepFarewells();
        Become(Draining);
        CancelRequests(Stopped);
        RefuseWaiting();
        _peersAtStop = _context.Peers.Count;
        _context.BeginStopping();
        _acceptsNoMore = true;
        _listeners.Tell(ListenerActor.StopAccepting.Instance);
        _cutReason = reason;
        StartConnectionsAtOnce();
        Drain(stop.DrainTimeout, stop.Caller);
    }

    /// <summary>The earliest deadline counts: a second stop may be in more of a hurry.</summary>
    private void Drain(TimeSpan timeout, ConnectionSupervisor.HandlerCaller? caller)
    {
        var now = Environment.TickCount64;
        _drainDeadline = Math.Min(_drainDeadline, now + (long)TimerLimit.Cut(timeout).TotalMilliseconds);
        var left = TimeSpan.FromMilliseconds(Math.Max(0, _drainDeadline - now));
        Timers.StartSingleTimer(nameof(DrainDeadline), DrainDeadline.Instance, left);
        _connections.Tell(new ConnectionSupervisor.Drain(left, caller, _cutReason, _peersAtStop));
    }

    private void UnbindWhenDrained()
    {
        if (_drained && _farewells.AreOver)
        {
            Unbind();
        }
    }

    private void FailStart(Exception cause)
    {
        _outcome.Fail(cause);
        RefuseWaiting();
        Unbind();
    }

    private void Unbind()
    {
        _isUnbinding = true;
        Timers.CancelAll();
        Become(Unbinding);
        if (_listeners.IsNobody())
        {
            Context.Stop(Self);
        }
        else
        {
            _listeners.Tell(ListenerActor.Unbind.Instance);
        }
    }

    private sealed record DrainDeadline
    {
        public static readonly DrainDeadline Instance = new();
    }
}
