using System.Buffers;

namespace ActorSockets.Connections;

/// <summary>A piece of pooled memory in a chain of them.</summary>
internal sealed class BufferSegment : ReadOnlySequenceSegment<byte>
{
    // The shared pool keeps a few dozen arrays of a size; more connections have something to say at the same moment. 4 and 15 MiB at most.
    public static readonly ArrayPool<byte> SmallArrays = ArrayPool<byte>.Create(BufferSize.Smallest, 1024);
    public static readonly ArrayPool<byte> LargeArrays = ArrayPool<byte>.Create(Transport.FrameSize, 128);

    // 256 KiB at most.
    private const int KeptByThread = 64;

    // Of all threads that keep some.
    private static readonly List<Stack<byte[]>> KeptByAll = [];

    [ThreadStatic]
    private static Stack<byte[]>? _kept;

    private static long _abandonedSoFar;

    private byte[] _array = [];
    private bool _isAbandoned;

    /// <summary>From now on this thread keeps some memory of those that it has served, rather than go to the pool twice for each message.</summary>
    public static void KeepOnThisThread()
    {
        _kept ??= new Stack<byte[]>(KeptByThread);
        lock (KeptByAll)
        {
            KeptByAll.Add(_kept);
        }
    }

    /// <summary>This thread ends: what it keeps goes back.</summary>
    public static void KeepNoLongerOnThisThread()
    {
        var kept = Interlocked.Exchange(ref _kept, null)!;
        lock (KeptByAll)
        {
            KeptByAll.Remove(kept);
        }

        foreach (var array in kept)
        {
            SmallArrays.Return(array);
        }
    }

    /// <summary>How many pieces of memory were abandoned so far, and left to the garbage collector.</summary>
    public static long AbandonedSoFar => Volatile.Read(ref _abandonedSoFar);

    /// <summary>What all threads keep; exact where nothing is served at this moment.</summary>
    public static IReadOnlyList<byte[]> Kept
    {
        get
        {
            lock (KeptByAll)
            {
                return [.. KeptByAll.SelectMany(kept => kept.ToArray())];
            }
        }
    }

    /// <summary>How much of it is filled.</summary>
    public int End { get; private set; }

    /// <summary>What can still be filled.</summary>
    public Memory<byte> Free => _isAbandoned ? default : _array.AsMemory(End);

    /// <summary>The one after it.</summary>
    public BufferSegment? Following => (BufferSegment?)Next;

    /// <summary>Where its end is, counted from the beginning of the stream or of the chain.</summary>
    public long EndIndex => RunningIndex + End;

    /// <summary>Takes memory.</summary>
    /// <param name="size">How much, at least.</param>
    /// <param name="index">Where it begins.</param>
    public void Rent(int size, long index)
    {
        _array = size <= BufferSize.Smallest && _kept?.TryPop(out var kept) is true ? kept : PoolOf(size).Rent(size);
        (Memory, RunningIndex, Next, End) = (_array, index, null, 0);
    }

    public void Fill(int count) => End += count;

    public ReadOnlyMemory<byte> Slice(int start, int end) => _array.AsMemory(start..end);

    /// <summary>Appends another one; nothing more is filled in here.</summary>
    public void Append(BufferSegment next)
    {
        Memory = _array.AsMemory(0, End);
        Next = next;
    }

    /// <summary>Somebody may still write to the memory, or send from it: nobody else shall have it, and nothing more is filled in here.</summary>
    public void Abandon()
    {
        if (!_isAbandoned)
        {
            _isAbandoned = true;
            Interlocked.Increment(ref _abandonedSoFar);
        }
    }

    /// <summary>Gives the memory back, unless it was abandoned.</summary>
    public void Return()
    {
        if (!_isAbandoned && !TryKeep())
        {
            PoolOf(_array.Length).Return(_array);
        }

        (_array, Memory, Next, End, _isAbandoned) = ([], default, null, 0, false);
    }

    private bool TryKeep()
    {
        if (_array.Length != BufferSize.Smallest || _kept is not { Count: < KeptByThread } kept)
        {
            return false;
        }

        kept.Push(_array);
        return true;
    }

    private static ArrayPool<byte> PoolOf(int size) => size <= BufferSize.Smallest ? SmallArrays : LargeArrays;
}
