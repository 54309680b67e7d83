using Akka.Event;

namespace ActorSockets.Dispatch;

/// <summary>
/// What one thread does about the events of sockets that it has at a time: the events themselves, and then the mailboxes that they have filled, one after the
/// other, so that neither a hop to another thread nor recursion comes in between. What is too much for one turn, or waits behind a handler that blocks, is
/// the thread pool's.
/// </summary>
internal sealed class Turn
{
    // .NET completes operations on them when it was told to.
    private const string SocketThread = ".NET Sockets";

    // In milliseconds.
    private const int Longest = 5;

    [ThreadStatic]
    private static Turn? _ofThread;

    private readonly WorkQueue _work = new();
    private readonly bool _onSocketThread = Thread.CurrentThread.Name == SocketThread;
    private volatile Peer? _peer;
    private volatile bool _isActive;
    private volatile bool _keeps;
    private int _number;
    private int _seenNumber;
    private int _done;
    private long _startedAt;
    private bool _isReported;

    private Turn() => Watchdog.Watch(this);

    /// <summary>Called by the watchdog when the thread is held up. True: another thread does the rest of its work; otherwise that is the thread pool's.</summary>
    public Func<bool>? Blocked { get; set; }

    public static Turn OfThread => _ofThread ??= new Turn();

    /// <summary>Does the work at the end of this thread's turn; where it has none, on the thread pool.</summary>
    public static void Schedule(IThreadPoolWorkItem work)
    {
        var turn = OfThread;
        if (turn._isActive)
        {
            turn.Keep(work);
        }
        else if (turn._onSocketThread)
        {
            Run((turn, work), static begun => begun.turn.Keep(begun.work));
        }
        else
        {
            GiveToPool(work);
        }
    }

    /// <summary>Does something in a turn of this thread, and at its end, unless it is in one already, what has come of it.</summary>
    public static void Run<T>(T state, Action<T> action)
    {
        var turn = OfThread;
        if (!turn.Begin())
        {
            action(state);
            return;
        }

        try
        {
            action(state);
        }
        finally
        {
            turn.End();
        }
    }

    /// <summary>This thread runs code of a peer's handler, until it comes to the next mailbox.</summary>
    public static void Handles(Peer peer)
    {
        if (_ofThread is { _isActive: true } turn)
        {
            turn._peer = peer;
        }
    }

    /// <returns>False where the thread is in a turn already.</returns>
    public bool Begin()
    {
        if (_isActive)
        {
            return false;
        }

        Volatile.Write(ref _number, _number + 1);
        _done = 0;
        _startedAt = Environment.TickCount64;
        _keeps = true;
        _isActive = true;
        return true;
    }

    /// <summary>Does the work that has come together.</summary>
    public void End()
    {
        while (_work.TryTake(out var work))
        {
            work.Execute();
            _peer = null;
            if (++_done == WorkQueue.Capacity || Environment.TickCount64 - _startedAt > Longest)
            {
                GiveAway();
            }
        }

        _work.Forget();
        _isActive = false;
    }

    /// <summary>Does the rest of the work of a thread that is held up, which would otherwise wait on the thread pool behind others that block.</summary>
    public void TakeFrom(Turn blocked)
    {
        while (blocked._work.TryTake(out var work))
        {
            Keep(work);
        }
    }

    /// <summary>Sees whether the thread is still in the turn of the last look; then others do the rest of its work, and whose code it is in is told once. Called by the watchdog.</summary>
    public void Look()
    {
        // In this order: a turn that has just begun must not look like the one before it.
        var isActive = _isActive;
        var number = Volatile.Read(ref _number);
        if (!isActive || number != _seenNumber)
        {
            (_seenNumber, _isReported) = (number, false);
            return;
        }

        _keeps = false;
        if (Blocked?.Invoke() is not true)
        {
            GiveAway();
        }

        if (!_isReported && _peer is { } peer && Volatile.Read(ref _number) == number)
        {
            _isReported = true;
            peer.Context.Log.Warning(
                "[{0}] its handler ({1}) holds the event loop for more than {2} ms: others wait for it or go on elsewhere; what blocks belongs on dispatcher = thread-pool or blocking",
                peer.Id,
                peer.HandlerDescription,
                Watchdog.Interval);
        }
    }

    private static void GiveToPool(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    private void Keep(IThreadPoolWorkItem work)
    {
        // What is kept in the moment in which it shall not be any more is found by the watchdog's next look.
        if (!_keeps || !_work.TryAdd(work))
        {
            GiveToPool(work);
        }
    }

    private void GiveAway()
    {
        _keeps = false;
        while (_work.TryTake(out var work))
        {
            GiveToPool(work);
        }
    }
}
