namespace ActorSockets.Tests.Framing;

/// <summary>All length prefixes, and their headers written another way than the library does.</summary>
internal static class LengthPrefixes
{
    private static readonly Dictionary<string, (LengthPrefix Prefix, ulong Max, Func<ulong, byte[]> Header)> All = new()
    {
        ["UInt8"] = (LengthPrefix.UInt8, byte.MaxValue, length => [(byte)length]),
        ["UInt16BigEndian"] = (LengthPrefix.UInt16BigEndian, ushort.MaxValue, length => Reversed(BitConverter.GetBytes((ushort)length))),
        ["UInt16LittleEndian"] = (LengthPrefix.UInt16LittleEndian, ushort.MaxValue, length => BitConverter.GetBytes((ushort)length)),
        ["UInt32BigEndian"] = (LengthPrefix.UInt32BigEndian, uint.MaxValue, length => Reversed(BitConverter.GetBytes((uint)length))),
        ["UInt32LittleEndian"] = (LengthPrefix.UInt32LittleEndian, uint.MaxValue, length => BitConverter.GetBytes((uint)length)),
        ["UInt64BigEndian"] = (LengthPrefix.UInt64BigEndian, ulong.MaxValue, length => Reversed(BitConverter.GetBytes(length))),
        ["UInt64LittleEndian"] = (LengthPrefix.UInt64LittleEndian, ulong.MaxValue, BitConverter.GetBytes),
        ["Varint"] = (LengthPrefix.Varint, ulong.MaxValue, Varint),
        ["UInt8 counting itself"] = (LengthPrefix.UInt8.CountingItself(), byte.MaxValue - 1, length => [(byte)(length + 1)]),
        ["UInt16BigEndian counting itself"] = (LengthPrefix.UInt16BigEndian.CountingItself(), ushort.MaxValue - 2, length => Reversed(BitConverter.GetBytes((ushort)(length + 2)))),
        ["UInt32LittleEndian counting itself"] = (LengthPrefix.UInt32LittleEndian.CountingItself(), uint.MaxValue - 4, length => BitConverter.GetBytes((uint)(length + 4))),
        ["UInt64BigEndian counting itself"] = (LengthPrefix.UInt64BigEndian.CountingItself(), ulong.MaxValue - 8, length => Reversed(BitConverter.GetBytes(length + 8))),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    public static LengthPrefix Of(string name) => All[name].Prefix;

    /// <summary>The greatest length that the prefix can announce.</summary>
    public static ulong Max(string name) => All[name].Max;

    /// <summary>The prefix of a frame of the given length.</summary>
    public static byte[] Header(string name, ulong length) => All[name].Header(length);

    private static byte[] Reversed(byte[] bytes) => [.. bytes.AsEnumerable().Reverse()];

    private static byte[] Varint(ulong value) => value < 0x80 ? [(byte)value] : [(byte)(value % 0x80 + 0x80), .. Varint(value / 0x80)];
}
