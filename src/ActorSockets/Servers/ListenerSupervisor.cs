using System.Text.RegularExpressions;
using ActorSockets.Connections;
using ActorSockets.Drivers;
using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>
/// Keeps one listener per endpoint. At start it is all or nothing; later a listener that ends is made again after a
/// pause that doubles with each failure. Connections are not its children, so they never notice.
/// </summary>
internal sealed partial class ListenerSupervisor : ReceiveActor, IWithTimers
{
    private readonly ServerContext _context;
    private readonly Slot[] _slots;
    private readonly ILoggingAdapter _log;
    private readonly List<TaskCompletionSource> _suspensions = [];
    private readonly List<TaskCompletionSource> _resumptions = [];
    private bool _started;
    private bool _accepting = true;
    private bool _unbinding;

    public ListenerSupervisor(ServerContext context, IActorRef connections)
    {
        (_context, _log) = (context, context.Log);
        _slots = [.. context.Endpoints.Select((endpoint, index) => new Slot(endpoint, index, context.Options.MinRebindBackoff)
        {
            Driver = DriverCatalog.Find(context.Options.Driver, endpoint),
            Router = endpoint.IsDatagram ? new DatagramRouter(context, Context.Parent, connections) : null,
        })];
        _context.Routers = [.. _slots.Select(slot => slot.Router).OfType<DatagramRouter>()];
        Receive<ListenerActor.Bound>(OnBound);
        Receive<ListenerActor.BindFailed>(OnBindFailed);
        Receive<Terminated>(OnTerminated);
        Receive<Rebind>(rebind => StartListener(rebind.Slot));
        Receive<OpenRouters>(_ => Array.ForEach(_slots, slot => slot.Router?.Open()));
        Receive<Suspend>(OnSuspend);
        Receive<Resume>(OnResume);
        Receive<ListenerActor.StopAccepting>(OnStopAccepting);
        Receive<ListenerActor.Unbind>(OnUnbind);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        foreach (var slot in _slots)
        {
            StartListener(slot);
        }
    }

    // A listener runs no user code; if it fails all the same, a new one binds after the pause.
    protected override SupervisorStrategy SupervisorStrategy() => new PerChildStrategy((listener, failure) =>
    {
        SlotOf(listener).Failure = failure;
        return Directive.Stop;
    });

    private void StartListener(Slot slot)
    {
        if (!_accepting || slot.IsSuspended)
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
        slot.Backoff = _context.Options.MinRebindBackoff;
        if (_started)
        {
            _context.Regained(bound.Endpoint);
            if (!slot.IsResuming)
            {
                _context.Counters.Rebound();
            }

            slot.IsResuming = false;
            _log.Info("[{0}] {1} is bound again", _context.Name, bound.Endpoint);
            ReportWhenResumed();
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
            _log.Warning("[{0}] cannot bind {1} again: {2}; next try in {3:0.###} s", _context.Name, slot.Bound, failed.Cause.Message, slot.Backoff.TotalSeconds);
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
        else if (slot.IsSuspended)
        {
            ReportWhenSuspended();
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
                _log.Warning("[{0}] {1} is lost; binding it again in {2:0.###} s", _context.Name, slot.Bound, slot.Backoff.TotalSeconds);
            }

            Timers.StartSingleTimer(slot.Index, new Rebind(slot), slot.Backoff);
            slot.Backoff = TimeSpan.FromTicks(Math.Min(slot.Backoff.Ticks * 2, _context.Options.MaxRebindBackoff.Ticks));
        }
    }

    private void OnSuspend(Suspend suspend)
    {
        foreach (var slot in _slots)
        {
            if (slot.Router is { } router)
            {
                // Bound on, so that replies still go out.
                router.Suspend();
            }
            else
            {
                Timers.Cancel(slot.Index);
                (slot.IsSuspended, slot.IsResuming) = (true, false);
                _context.Regained(slot.Bound!);
                slot.IsGivenUp = slot.Actor is not null;
                slot.Actor?.Tell(ListenerActor.Unbind.Instance);
            }
        }

        _resumptions.ForEach(done => done.TrySetException(new OperationCanceledException($"server '{_context.Name}' was suspended meanwhile")));
        _resumptions.Clear();
        _suspensions.Add(suspend.Done);
        ReportWhenSuspended();
    }

    private void OnResume(Resume resume)
    {
        _resumptions.Add(resume.Done);
        foreach (var slot in _slots)
        {
            slot.Router?.Open();
            if (slot.IsSuspended)
            {
                (slot.IsSuspended, slot.IsResuming) = (false, true);
                if (slot.Actor is null)
                {
                    StartListener(slot);
                }
            }
        }

        ReportWhenSuspended();
        ReportWhenResumed();
    }

    private void ReportWhenSuspended()
    {
        if (Array.TrueForAll(_slots, slot => slot.Actor is null || !slot.IsSuspended))
        {
            _suspensions.ForEach(done => done.TrySetResult());
            _suspensions.Clear();
        }
    }

    private void ReportWhenResumed()
    {
        if (Array.TrueForAll(_slots, slot => slot.IsUp && !slot.IsResuming))
        {
            _resumptions.ForEach(done => done.TrySetResult());
            _resumptions.Clear();
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

    /// <summary>Everybody is served from now on: datagrams are held back no more.</summary>
    public sealed record OpenRouters
    {
        public static readonly OpenRouters Instance = new();
    }

    /// <summary>Refuse new clients.</summary>
    public sealed record Suspend(TaskCompletionSource Done);

    /// <summary>Serve new clients again, on the endpoints that were bound.</summary>
    public sealed record Resume(TaskCompletionSource Done);

    private sealed record Rebind(Slot Slot);

    private sealed partial class Slot(Endpoint configured, int index, TimeSpan backoff)
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

        /// <summary>Given up until further notice.</summary>
        public bool IsSuspended { get; set; }

        /// <summary>Its listener was told to unbind, and has not ended yet.</summary>
        public bool IsGivenUp { get; set; }

        /// <summary>Being bound again after it was suspended.</summary>
        public bool IsResuming { get; set; }

        public Exception? Failure { get; set; }

        public int Starts { get; set; }

        public TimeSpan Backoff { get; set; } = backoff;

        // Two endpoints with port 0 look the same, and so do two listeners of one endpoint, one after the other.
        public string ActorName => $"{Configured.Scheme}-{NotForNames().Replace(Configured.Host + Configured.Path + Configured.Name, ".")}-{Configured.Port}-{index + 1}"
            + (Starts > 1 ? $"-{Starts}" : "");

        [GeneratedRegex("[^A-Za-z0-9.-]")]
        private static partial Regex NotForNames();
    }
}
