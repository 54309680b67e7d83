using System.Text.RegularExpressions;
using ActorSockets.Connections;
using ActorSockets.Drivers;
using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>
/// Keeps one listener per endpoint. At start it is all or nothing; later a listener that ends is made again after a
/// pause that doubles with each failure. Connections are not its children, so they never notice. Where the supervisor itself has
/// ended, the next one binds what was bound.
/// </summary>
internal sealed partial class ListenerSupervisor : ReceiveActor, IWithTimers
{
    private readonly ServerContext _context;
    private readonly Slot[] _slots;
    private readonly ILoggingAdapter _log;
    private bool _started;
    private bool _accepting = true;
    private bool _unbinding;

    /// <param name="context">The server.</param>
    /// <param name="wish">The number of the last wish, to be named in the answer.</param>
    /// <param name="suspended">Where nobody new is to be taken, by the last wish.</param>
    public ListenerSupervisor(ServerContext context, long wish, IReadOnlyCollection<Endpoint> suspended)
    {
        (_context, _log, _wish) = (context, context.Log, wish);
        _started = context.BoundEndpoints is not null;
        var routers = new Queue<DatagramRouter>(context.Routers);
        _slots = [.. context.Endpoints.Select((endpoint, index) => new Slot(endpoint, index, new Backoff(context))
        {
            Driver = DriverCatalog.Find(context.Options.Driver, endpoint),
            Router = endpoint.IsDatagram ? routers.Dequeue() : null,
            Bound = context.BoundEndpoints?[index],
        })];
        Receive<ListenerActor.Bound>(OnBound);
        Receive<ListenerActor.BindFailed>(OnBindFailed);
        Receive<Terminated>(OnTerminated);
        Receive<Rebind>(rebind => StartListener(rebind.Slot));
        Receive<Want>(OnWant);
        Receive<ListenerActor.StopAccepting>(OnStopAccepting);
        Receive<ListenerActor.Unbind>(OnUnbind);
        foreach (var slot in _slots.Where(slot => slot.Bound is not null && suspended.Contains(slot.Bound)))
        {
            slot.IsSuspended = true;
            if (slot.StaysUnbound)
            {
                context.Regained(slot.Bound!);
            }
        }
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        foreach (var slot in _slots)
        {
            StartListener(slot);
        }

        ReportProgress();
    }

    // A listener runs no user code; if it fails all the same, a new one binds after the pause.
    protected override SupervisorStrategy SupervisorStrategy() => new PerChildStrategy((listener, failure) =>
    {
        SlotOf(listener).Failure = failure;
        return Directive.Stop;
    });

    private void StartListener(Slot slot)
    {
        if (!_accepting || slot.StaysUnbound)
        {
            return;
        }

        slot.IsGivenUp = false;
        slot.Starts++;
        slot.Actor = Context.ActorOf(
            slot.Driver.CreateListener(Context.System, slot.ToBind, _context, Context.Parent, slot.Router).WithDispatcher(_context.Dispatcher),
            slot.ActorName);
        Context.Watch(slot.Actor);
    }

    private void OnBound(ListenerActor.Bound bound)
    {
        var slot = SlotOf(Sender);
        if (slot.IsGivenUp)
        {
            // It was bound when it had been told to unbind already.
            return;
        }

        slot.IsUp = true;
        slot.Bound = bound.Endpoint;
        slot.Backoff.Reset();
        if (_started)
        {
            _context.Regained(bound.Endpoint);
            if (!slot.IsResuming)
            {
                _context.Counters.Rebound();
            }

            slot.IsResuming = false;
            _log.Info("[{0}] {1} is bound again", _context.Name, bound.Endpoint);
            ReportProgress();
        }
        else if (Array.TrueForAll(_slots, s => s.IsUp))
        {
            _started = true;
            Context.Parent.Tell(new AllBound([.. _slots.Select(s => s.Bound!)]));
        }
    }

    private void OnBindFailed(ListenerActor.BindFailed failed)
    {
        var slot = SlotOf(Sender);
        if (_unbinding)
        {
            return;
        }

        if (_started)
        {
            _log.Warning("[{0}] cannot bind {1} again: {2}; next try in {3:0.###} s", _context.Name, slot.Bound, failed.Cause.Message, slot.Backoff.Pause.TotalSeconds);
        }
        else
        {
            FailStart(slot, failed.Cause);
        }
    }

    private void FailStart(Slot slot, Exception cause) =>
        Context.Parent.Tell(new StartFailed(new EndpointBindException(_context.Name, slot.Configured, cause)));

    private void OnTerminated(Terminated terminated)
    {
        var slot = SlotOf(terminated.ActorRef);
        slot.Actor = null;
        var wasUp = slot.IsUp;
        slot.IsUp = false;
        if (_unbinding)
        {
            ReportWhenUnbound();
        }
        else if (!_started)
        {
            FailStart(slot, slot.Failure ?? new IOException("its listener ended"));
        }
        else if (slot.StaysUnbound)
        {
            ReportProgress();
        }
        else if (slot.IsGivenUp && slot.IsResuming)
        {
            StartListener(slot);
        }
        else if (_accepting)
        {
            _context.Lost(slot.Bound!);
            if (wasUp)
            {
                _log.Warning("[{0}] {1} is lost; binding it again in {2:0.###} s", _context.Name, slot.Bound, slot.Backoff.Pause.TotalSeconds);
            }

            Timers.StartSingleTimer(slot.Index, new Rebind(slot), slot.Backoff.Next());
        }
    }

    private void OnStopAccepting(ListenerActor.StopAccepting message)
    {
        _accepting = false;
        Timers.CancelAll();
        Broadcast(message);
    }

    private void OnUnbind(ListenerActor.Unbind message)
    {
        (_accepting, _unbinding) = (false, true);
        Timers.CancelAll();
        Broadcast(message);
        ReportWhenUnbound();
    }

    private void Broadcast(object message)
    {
        foreach (var slot in _slots)
        {
            slot.Actor?.Tell(message);
        }
    }

    private void ReportWhenUnbound()
    {
        if (Array.TrueForAll(_slots, s => s.Actor is null))
        {
            Context.Parent.Tell(Unbound.Instance);
        }
    }

    private Slot SlotOf(IActorRef listener) => Array.Find(_slots, s => listener.Equals(s.Actor))
        ?? throw new InvalidOperationException($"{listener} is not a listener of {_context.Name}");

    /// <summary>All endpoints are bound, in the order of the configuration.</summary>
    public sealed record AllBound(IReadOnlyList<Endpoint> Endpoints);

    /// <summary>One endpoint could not be bound.</summary>
    public sealed record StartFailed(EndpointBindException Cause);

    /// <summary>All endpoints are given up.</summary>
    public sealed record Unbound
    {
        public static readonly Unbound Instance = new();
    }

    private sealed record Rebind(Slot Slot);

    private sealed partial class Slot(Endpoint configured, int index, Backoff backoff)
    {
        public Endpoint Configured => configured;

        public int Index => index;

        public required Driver Driver { get; init; }

        public DatagramRouter? Router { get; init; }

        public Endpoint? Bound { get; set; }

        public IActorRef? Actor { get; set; }

        /// <summary>The port that it had before, where the kernel has chosen one.</summary>
        public Endpoint ToBind => Configured.IsInherited ? Configured : Bound ?? Configured;

        public bool IsUp { get; set; }

        /// <summary>It takes nobody new until further notice.</summary>
        public bool IsSuspended { get; set; }

        /// <summary>It is suspended and given up. One for datagrams is bound on, so that replies still go out.</summary>
        public bool StaysUnbound => IsSuspended && Router is null;

        /// <summary>Its listener was told to unbind, and has not ended yet.</summary>
        public bool IsGivenUp { get; set; }

        /// <summary>Being bound again after it was suspended.</summary>
        public bool IsResuming { get; set; }

        public Exception? Failure { get; set; }

        public int Starts { get; set; }

        public Backoff Backoff => backoff;

        // Two endpoints with port 0 look the same, and so do two listeners of one endpoint, one after the other.
        public string ActorName => $"{Configured.Scheme}-{NotForNames().Replace(Configured.Host + Configured.Path + Configured.Name, ".")}-{Configured.Port}-{index + 1}"
            + (Starts > 1 ? $"-{Starts}" : "");

        [GeneratedRegex("[^A-Za-z0-9.-]")]
        private static partial Regex NotForNames();
    }
}
