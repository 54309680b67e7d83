using System.Diagnostics;
using ActorSockets.Connections;
using ActorSockets.Dispatch;

namespace ActorSockets.Drivers.Native;

/// <summary>A thread that drives a <see cref="PollLoop"/> until another one has taken over.</summary>
/// <param name="loop">The loop.</param>
/// <param name="before">The one that it takes over from.</param>
internal sealed class PollThread(PollLoop loop, PollThread? before)
{
    private const int EventsAtOnce = 64;

    // Longer than a client on the same machine takes for its next request.
    private static readonly long Moment = Stopwatch.Frequency / 50_000;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(EventsAtOnce * 16, pinned: true);
    private (int Key, uint What)[] _events = new (int, uint)[EventsAtOnce];
    private (int Key, uint What)[] _others = new (int, uint)[EventsAtOnce];
    private bool _isQuick;
    private int _next;
    private int _count;
    private Turn? _turn;
    private volatile bool _isHandling;

    /// <summary>It has events of which not all are handled.</summary>
    public bool IsHandling
    {
        get => _isHandling;
        set => _isHandling = value;
    }

    private PollThread? Before { get; set; } = before;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "actor-sockets-loop" }.Start();

    private void Run()
    {
        var turn = _turn = Turn.OfThread;
        turn.Blocked = () => loop.TakeOver(this);
        IsHandling = true;
        BufferSegment.KeepOnThisThread();
        for (var blocked = Before; blocked is not null; blocked = blocked.Before)
        {
            HandleAll(blocked, turn);
        }

        Before = null;
        while (loop.MayWait(this))
        {
            var count = Wait();
            (_events, _others) = (_others, _events);
            (_next, _count) = (0, count);

            // From here on another thread may take from them.
            IsHandling = true;
            HandleAll(this, turn);
        }

        BufferSegment.KeepNoLongerOnThisThread();
    }

    /// <summary>Looks for a moment before it sleeps where events have followed each other so closely that to be woken up would take longer than the wait.</summary>
    private int Wait()
    {
        var begin = Stopwatch.GetTimestamp();
        while (_isQuick)
        {
            if (loop.Wait(_buffer, _others, waits: false) is > 0 and var found)
            {
                return found;
            }

            _isQuick = Stopwatch.GetTimestamp() - begin < Moment;
        }

        var count = loop.Wait(_buffer, _others, waits: true);
        _isQuick = Stopwatch.GetTimestamp() - begin < Moment;
        return count;
    }

    private void HandleAll(PollThread owner, Turn turn)
    {
        // First all that has arrived, then all handlers: so a peer that wakes up for the first answer stays awake for the next.
        turn.Begin();
        while (owner.TryTake(out var polled))
        {
            loop.Handle(polled);
        }

        if (owner != this)
        {
            turn.TakeFrom(owner._turn!);
        }

        turn.End();
    }

    private bool TryTake(out (int Key, uint What) polled)
    {
        var index = Interlocked.Increment(ref _next) - 1;
        var isThere = index < _count;
        polled = isThere ? _events[index] : default;
        return isThere;
    }
}
