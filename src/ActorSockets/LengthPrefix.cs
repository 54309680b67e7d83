namespace ActorSockets;

/// <summary>
/// How the length of a frame is written in front of it. The length counts the frame's bytes, and with
/// <see cref="CountingItself"/> those of the prefix too. Two that are written alike are equal.
/// </summary>
public sealed record LengthPrefix
{
    private const int VarintSize = 0;

    private LengthPrefix(int size, bool isBigEndian, bool countsItself = false) =>
        (Size, IsBigEndian, CountsItself) = (size, isBigEndian, countsItself);

    /// <summary>One byte: frames of up to 255 bytes.</summary>
    public static LengthPrefix UInt8 { get; } = new(1, isBigEndian: true);

    /// <summary>Two bytes, the most significant first (network byte order): frames of up to 65,535 bytes.</summary>
    public static LengthPrefix UInt16BigEndian { get; } = new(2, isBigEndian: true);

    /// <summary>Two bytes, the least significant first: frames of up to 65,535 bytes.</summary>
    public static LengthPrefix UInt16LittleEndian { get; } = new(2, isBigEndian: false);

    /// <summary>Four bytes, the most significant first (network byte order).</summary>
    public static LengthPrefix UInt32BigEndian { get; } = new(4, isBigEndian: true);

    /// <summary>Four bytes, the least significant first.</summary>
    public static LengthPrefix UInt32LittleEndian { get; } = new(4, isBigEndian: false);

    /// <summary>Eight bytes, the most significant first (network byte order).</summary>
    public static LengthPrefix UInt64BigEndian { get; } = new(8, isBigEndian: true);

    /// <summary>Eight bytes, the least significant first.</summary>
    public static LengthPrefix UInt64LittleEndian { get; } = new(8, isBigEndian: false);

    /// <summary>
    /// One to ten bytes of seven bits each, the least significant first; all but the last have their highest bit set
    /// (unsigned LEB128, as Protocol Buffers delimits messages). Needlessly long ones are read; the shortest is written.
    /// </summary>
    public static LengthPrefix Varint { get; } = new(VarintSize, isBigEndian: false);

    /// <summary>True when the length counts the prefix's own bytes; default false.</summary>
    public bool CountsItself { get; }

    /// <summary>The prefix's size in bytes; 0 when it depends on the length.</summary>
    internal int Size { get; }

    internal bool IsBigEndian { get; }

    internal bool IsVarint => Size == VarintSize;

    /// <summary>The greatest length in bytes that a frame behind this prefix can have.</summary>
    internal ulong MaxFrameLength => (IsVarint || Size == sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * Size)) - 1) - OwnShare;

    /// <summary>How many of the announced bytes are the prefix's own.</summary>
    internal uint OwnShare => CountsItself ? (uint)Size : 0;

    /// <summary>The same prefix with a length that counts the prefix's own bytes: an empty frame has the length 4 in front of it, with four-byte prefixes.</summary>
    /// <exception cref="InvalidOperationException">It is <see cref="Varint"/>, whose size depends on the length.</exception>
    public LengthPrefix CountingItself() => IsVarint
        ? throw new InvalidOperationException("a varint cannot count itself: its size depends on the length")
        : new LengthPrefix(Size, IsBigEndian, countsItself: true);

    /// <summary>The prefix in plain words, such as <c>32-bit big-endian length, counting itself</c>.</summary>
    public override string ToString()
    {
        var kind = IsVarint ? "varint" : Size == 1 ? "8-bit" : $"{8 * Size}-bit {(IsBigEndian ? "big" : "little")}-endian";
        return CountsItself ? $"{kind} length, counting itself" : $"{kind} length";
    }
}
