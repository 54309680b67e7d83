using System.Runtime.InteropServices;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The event loop of <c>dispatcher = event-loop</c> on Linux: one thread that waits for the events of all its sockets and handles them, with
/// the handlers that they concern. When one of those blocks, another thread takes over where this one is. Datagrams of other dispatchers are
/// waited for here too, and handled there.
/// </summary>
internal sealed class PollLoop
{
    private static readonly Lock AllGate = new();

    private static PollLoop[]? _all;
    private static int _last;

    private readonly Epoll _epoll = new();
    private readonly Lock _gate = new();
    private readonly Stack<int> _freeKeys = new();
    private volatile IPolled?[] _polled = new IPolled?[64];
    private volatile PollThread _driver;
    private int _keys;

    private PollLoop()
    {
        _driver = new PollThread(this, null);
        _driver.Start();
    }

    // One serves many clients; the other half of the processors is left to the kernel, and to what runs elsewhere. On two processors, which the
    // clients shared, two loops took 15 to 50 % more time for a message than one, and served fewer.
    private static int Count => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>The loop that a new socket shall belong to.</summary>
    /// <exception cref="IOException">The process is short of descriptors.</exception>
    public static PollLoop Next()
    {
        var all = Volatile.Read(ref _all) ?? CreateAll();
        return all[(uint)Interlocked.Increment(ref _last) % (uint)all.Length];
    }

    /// <summary>Tells of a descriptor's events from now on.</summary>
    /// <returns>What to give to <see cref="Remove"/>.</returns>
    /// <exception cref="IOException">The machine has too many of them.</exception>
    public int Add(SafeHandle descriptor, IPolled polled)
    {
        int key;
        lock (_gate)
        {
            if (!_freeKeys.TryPop(out key))
            {
                key = _keys++;
                if (key == _polled.Length)
                {
                    var larger = new IPolled?[key * 2];
                    _polled.CopyTo(larger, 0);
                    _polled = larger;
                }
            }

            _polled[key] = polled;
        }

        try
        {
            _epoll.Add(descriptor, key);
            return key;
        }
        catch
        {
            Remove(key);
            throw;
        }
    }

    /// <summary>Tells also when something can be sent.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="key">What <see cref="Add"/> gave.</param>
    /// <exception cref="IOException">It cannot be told.</exception>
    public void AddWritable(SafeHandle descriptor, int key) => _epoll.AddWritable(descriptor, key);

    /// <summary>Before a descriptor is closed whose duplicates may stay open: they must not be told of to whoever has the key next.</summary>
    public void Leave(SafeHandle descriptor) => _epoll.Remove(descriptor);

    /// <summary>The descriptor is closed. An event that is under way may meet whoever has the key next, who finds nothing to do.</summary>
    public void Remove(int key)
    {
        lock (_gate)
        {
            _polled[key] = null;
            _freeKeys.Push(key);
        }
    }

    private static PollLoop[] CreateAll()
    {
        lock (AllGate)
        {
            // Where it fails it is tried again next time.
            return _all ??= [.. Enumerable.Range(0, Count).Select(_ => new PollLoop())];
        }
    }

    internal int Wait(byte[] buffer, (int Key, uint What)[] events, bool waits) => _epoll.Wait(buffer, events, waits);

    internal void Handle((int Key, uint What) polled) => _polled[polled.Key]?.OnEvents(polled.What);

    /// <summary>Asked by a thread that has handled all its events.</summary>
    /// <returns>False where another one drives the loop now.</returns>
    internal bool MayWait(PollThread thread)
    {
        lock (_gate)
        {
            thread.IsHandling = false;
            return _driver == thread;
        }
    }

    /// <summary>Another thread goes on with what this one has not begun. One at a time may ask.</summary>
    /// <returns>False where that was so already, where the thread has come to its end meanwhile, or where the machine has no thread left.</returns>
    internal bool TakeOver(PollThread blocked)
    {
        lock (_gate)
        {
            // A thread that waits for events must not be one that drives no more: it would take events that nobody could take over.
            if (_driver != blocked || !blocked.IsHandling)
            {
                return false;
            }

            var next = new PollThread(this, blocked);
            try
            {
                next.Start();
            }
            catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
            {
                // The next look tries again.
                return false;
            }

            _driver = next;
            return true;
        }
    }
}
