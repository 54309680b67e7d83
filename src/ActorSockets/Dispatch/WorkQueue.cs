using System.Diagnostics.CodeAnalysis;

namespace ActorSockets.Dispatch;

/// <summary>The work of a thread's <see cref="Turn"/>: only that thread adds to it, any thread takes from it, each piece once and the oldest first. Without locks.</summary>
internal sealed class WorkQueue
{
    /// <summary>So much fits in.</summary>
    public const int Capacity = 256;

    private readonly IThreadPoolWorkItem?[] _slots = new IThreadPoolWorkItem?[Capacity];
    private long _cleared;
    private long _taken;
    private long _added;

    /// <returns>False when it is full.</returns>
    public bool TryAdd(IThreadPoolWorkItem work)
    {
        if (_added - Volatile.Read(ref _taken) == Capacity)
        {
            return false;
        }

        _slots[_added % Capacity] = work;
        Volatile.Write(ref _added, _added + 1);
        return true;
    }

    public bool TryTake([NotNullWhen(true)] out IThreadPoolWorkItem? work)
    {
        while (true)
        {
            var next = Volatile.Read(ref _taken);
            if (next >= Volatile.Read(ref _added))
            {
                work = null;
                return false;
            }

            // Nobody overwrites it before the count says that it was taken, and then another count is compared in vain.
            work = _slots[next % Capacity]!;
            if (Interlocked.CompareExchange(ref _taken, next + 1, next) == next)
            {
                return true;
            }
        }
    }

    /// <summary>Lets go of what was taken. Called by the thread that adds, when all was.</summary>
    public void Forget()
    {
        for (; _cleared < _added; _cleared++)
        {
            _slots[_cleared % Capacity] = null;
        }
    }
}
