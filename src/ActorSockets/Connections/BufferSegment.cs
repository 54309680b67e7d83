using System.Buffers;

namespace ActorSockets.Connections;

/// <summary>A piece of pooled memory in a chain of them.</summary>
internal sealed class BufferSegment : ReadOnlySequenceSegment<byte>
{
    // The shared pool keeps a few dozen arrays of a size; more connections have something to say at the same moment. 4 and 15 MiB at most.
    private static readonly ArrayPool<byte> SmallArrays = ArrayPool<byte>.Create(BufferSize.Smallest, 1024);
    private static readonly ArrayPool<byte> LargeArrays = ArrayPool<byte>.Create(Transport.FrameSize, 128);

    private byte[] _array = [];

    /// <summary>How much of it is filled.</summary>
    public int End { get; private set; }

    /// <summary>What can still be filled.</summary>
    public Memory<byte> Free => _array.AsMemory(End);

    /// <summary>The one after it.</summary>
    public BufferSegment? Following => (BufferSegment?)Next;

    /// <summary>Where its end is, counted from the beginning of the stream or of the chain.</summary>
    public long EndIndex => RunningIndex + End;

    /// <summary>Takes memory.</summary>
    /// <param name="size">How much, at least.</param>
    /// <param name="index">Where it begins.</param>
    public void Rent(int size, long index)
    {
        _array = PoolOf(size).Rent(size);
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

    /// <summary>Gives the memory back.</summary>
    public void Return()
    {
        if (_array.Length > 0)
        {
            PoolOf(_array.Length).Return(_array);
        }

        Forget();
    }

    /// <summary>Lets go of memory that somebody may still write to.</summary>
    public void Forget()
    {
        (_array, Memory, Next, End) = ([], default, null, 0);
    }

    private static ArrayPool<byte> PoolOf(int size) => size <= BufferSize.Smallest ? SmallArrays : LargeArrays;
}
