using System.Diagnostics;
using Akka.Event;

namespace ActorSockets.Dispatch;

/// <summary>
/// What one thread does about one event of a socket: the event itself, and then the mailboxes that it has filled, one after the
/// other, so that neither a hop to another thread nor recursion comes in between. What is too much for one turn, or waits behind a handler that blocks, is
/// the thread pool's.
/// </summary>
internal sealed class Turn
{
    private const int MostWork = 256;
    private const int WorkPerLookAtTheClock = 8;

    // .NET completes operations on them when it was told to.
    private const string SocketThread = ".NET Sockets";

    private static readonly long Longest = Stopwatch.Frequency / 200;

    [ThreadStatic]
    private static Turn? _ofThread;

    private readonly Lock _gate = new();
    private readonly Queue<IThreadPoolWorkItem> _work = new();
    private readonly bool _onSocketThread = Thread.CurrentThread.Name == SocketThread;
    private volatile Peer? _peer;
    private volatile bool _isActive;
    private bool _keeps;
    private int _begun;
    private int _seenBegun;
    private int _done;
    private long _startedAt;
    private bool _isBlocked;

    private Turn() => Watchdog.Watch(this);

    /// <summary>Called by the watchdog when the thread is held up.</summary>
    public Action? Blocked { get; set; }

    public static Turn OfThread => _ofThread ??= new Turn();

    /// <summary>Does the work at the end of this thread's turn; where it has none, on the thread pool.</summary>
    public static void Schedule(IThreadPoolWorkItem work)
    {
        var turn = OfThread;
        if (turn._isActive ? turn.TryKeep(work) : turn._onSocketThread)
        {
            if (!turn._isActive)
            {
                turn.Begin();
                turn.TryKeep(work);
                turn.End();
            }

            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    /// <summary>This thread handles a message of a peer, or none any more.</summary>
    public static void Handles(Peer? peer)
    {
        if (_ofThread is { } turn)
        {
            turn._peer = peer;
            turn._begun++;
        }
    }

    /// <returns>False where the thread is in a turn already.</returns>
    public bool Begin()
    {
        if (_isActive)
        {
            return false;
        }

        _begun++;
        _done = 0;
        _startedAt = Stopwatch.GetTimestamp();
        _keeps = true;
        _isActive = true;
        return true;
    }

    /// <summary>Does the work that has come together.</summary>
    public void End()
    {
        while (TryTake(out var work))
        {
            work.Execute();
            if (++_done == MostWork || (_done % WorkPerLookAtTheClock == 0 && Stopwatch.GetTimestamp() - _startedAt > Longest))
            {
                GiveAway();
            }
        }

        _isActive = false;
    }

    /// <summary>Sees whether the thread has come on since the last look; if not, others do the rest of its work. Called by the watchdog.</summary>
    public void Look()
    {
        if (!_isActive || Volatile.Read(ref _begun) is var begun && begun != _seenBegun)
        {
            _seenBegun = Volatile.Read(ref _begun);
            _isBlocked = false;
            return;
        }

        if (_isBlocked)
        {
            return;
        }

        _isBlocked = true;
        GiveAway();
        Blocked?.Invoke();
        if (_peer is { } peer)
        {
            peer.Context.Log.Warning(
                "[{0}] its handler holds the event loop for more than {1} ms: others wait for it or go on elsewhere; what blocks belongs on dispatcher = thread-pool or blocking",
                peer.Id,
                Watchdog.Interval);
        }
    }

    private bool TryKeep(IThreadPoolWorkItem work)
    {
        lock (_gate)
        {
            if (_keeps)
            {
                _work.Enqueue(work);
            }

            return _keeps;
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IThreadPoolWorkItem? work)
    {
        lock (_gate)
        {
            return _work.TryDequeue(out work);
        }
    }

    private void GiveAway()
    {
        lock (_gate)
        {
            _keeps = false;
            while (_work.TryDequeue(out var work))
            {
                ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
            }
        }
    }
}
