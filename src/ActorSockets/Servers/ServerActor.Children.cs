using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <content>
/// Its children, of which one that ends before the server does is made again after a pause. With the supervisor of the connections those end that live; the listening sockets,
/// what waits and the books are not its.
/// </content>
internal sealed partial class ServerActor
{
    private readonly Dictionary<IActorRef, Child> _children = [];
    private Child _supervision = null!;
    private IActorRef _connections = ActorRefs.Nobody;
    private IActorRef _listeners = ActorRefs.Nobody;

    private void StartChildren()
    {
        _supervision = new Child("connections", () => Props.Create(() => new ConnectionSupervisor(_context)), new Backoff(_context))
        {
            Made = made =>
            {
                // Whoever reads the one before has been added to the peers by then, whom this one takes over.
                _context.Supervisor = _connections = made;
                made.Tell(ConnectionSupervisor.Adopt.Instance);
            },
        };
        StartChild(_supervision);
        StartChild(new Child("listeners", () => Props.Create(() => new ListenerSupervisor(_context, _wish, WantedSuspended)), new Backoff(_context))
        {
            Made = made => _listeners = made,
            Ended = OnListenersEnded,
        });
    }

    private void StartTicks()
    {
        foreach (var (index, tick) in _context.Handlers.Hooks.Ticks.Index())
        {
            StartChild(new Child($"tick-{index + 1}", () => Props.Create(() => new TickActor(tick, _context)), new Backoff(_context)) { Dispatcher = _context.HandlerDispatcher });
        }
    }

    private void ReceiveChildren()
    {
        Receive<Terminated>(terminated =>
        {
            _children.Remove(terminated.ActorRef, out var child);
            OnChildEnded(child!);
        });
        Receive<MakeChild>(make =>
        {
            if (!_children.ContainsValue(make.Child) && IsNeeded(make.Child))
            {
                StartChild(make.Child);
            }
        });
    }

    private void StartChild(Child child)
    {
        child.MadeAt = Environment.TickCount64;
        var actor = Context.ActorOf(child.Props().WithDispatcher(child.Dispatcher ?? _context.Dispatcher), child.Name);
        _children.Add(Context.Watch(actor), child);
        child.Made?.Invoke(actor);
    }

    private void OnChildEnded(Child child)
    {
        child.Ended?.Invoke();
        if (!IsNeeded(child))
        {
            return;
        }

        if (IsDraining)
        {
            StartConnectionsAtOnce();
            Drain(TimeSpan.MaxValue, null);
            return;
        }

        if (Environment.TickCount64 - child.MadeAt >= child.Backoff.Pause.TotalMilliseconds)
        {
            child.Backoff.Reset();
        }

        var pause = child.Backoff.Next();
        _log.Warning("[{0}] its actor '{1}' has ended; it is made again in {2:0.###} s", _context.Name, child.Name, pause.TotalSeconds);
        Timers.StartSingleTimer(child, new MakeChild(child), pause);
    }

    /// <summary>Who has come during the pause is seen out in order.</summary>
    private void StartConnectionsAtOnce()
    {
        if (!_children.ContainsValue(_supervision))
        {
            StartChild(_supervision);
        }
    }

    private void OnListenersEnded()
    {
        _listeners = ActorRefs.Nobody;
        if (_isUnbinding)
        {
            Context.Stop(Self);
        }
        else if (_context.BoundEndpoints is not { } bound)
        {
            FailStart(new InvalidOperationException($"server '{_context.Name}' cannot start: its listeners were stopped"));
        }
        else if (!_acceptsNoMore)
        {
            var suspended = WantedSuspended;
            foreach (var endpoint in bound.Where(endpoint => endpoint.IsDatagram || !suspended.Contains(endpoint)))
            {
                _context.Lost(endpoint);
            }
        }
    }

    /// <summary>Whether it is to be made again: who sees the connections out to the end, the others as long as new ones come.</summary>
    private bool IsNeeded(Child child) => !_isUnbinding && (child == _supervision ? !_drained : !_acceptsNoMore);

    /// <summary>One of its actors.</summary>
    private sealed class Child(string name, Func<Props> props, Backoff backoff)
    {
        public string Name => name;

        public Func<Props> Props => props;

        public Backoff Backoff => backoff;

        /// <summary>Null: the server's own.</summary>
        public string? Dispatcher { get; init; }

        /// <summary>Told of each one that is made.</summary>
        public Action<IActorRef>? Made { get; init; }

        /// <summary>Told of the end of each.</summary>
        public Action? Ended { get; init; }

        public long MadeAt { get; set; }
    }

    private sealed record MakeChild(Child Child) : IDeadLetterSuppression;
}
