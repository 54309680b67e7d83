using CsCheck;

namespace ActorSockets.Tests.Framing;

/// <summary>Framings to check properties with, and streams that make each of them work: full of its delimiters, half delimiters and short lengths.</summary>
internal static class Framings
{
    private const int Unlimited = 1000;

    private static readonly Dictionary<string, (FrameReader Reader, string Alphabet)> All = new()
    {
        ["lines"] = (FrameReader.Lines(), "ab\r\n"),
        ["short lines"] = (FrameReader.Lines(3), "ab\r\n\n"),
        ["delimiter ;"] = (FrameReader.Delimiter(";"u8, Unlimited), "ab;"),
        ["delimiter aab"] = (FrameReader.Delimiter("aab"u8, Unlimited), "aab"),
        ["delimiter abab"] = (FrameReader.Delimiter("abab"u8, Unlimited), "ab"),
        ["delimiter aaa, short frames"] = (FrameReader.Delimiter("aaa"u8, 3), "aaaab"),
        ["fixed size"] = (FrameReader.FixedSize(3), "ab"),
        ["8-bit length"] = (FrameReader.LengthPrefix(LengthPrefix.UInt8, 255), "\0\u0001\u0003"),
        ["8-bit length counting itself, short frames"] = (FrameReader.LengthPrefix(LengthPrefix.UInt8.CountingItself(), 3), "\u0001\u0002\u0003\u0004\u0001\u0002\u0003\0\u0005"),
        ["16-bit big-endian length"] = (FrameReader.LengthPrefix(LengthPrefix.UInt16BigEndian, Unlimited), "\0\0\u0001\u0002"),
        ["32-bit little-endian length"] = (FrameReader.LengthPrefix(LengthPrefix.UInt32LittleEndian, Unlimited), "\0\0\0\0\u0003"),
        ["64-bit big-endian length counting itself"] = (FrameReader.LengthPrefix(LengthPrefix.UInt64BigEndian.CountingItself(), Unlimited), "\0\0\0\0\0\u0008\u0009"),
        ["varint length"] = (FrameReader.LengthPrefix(LengthPrefix.Varint, Unlimited), "\u0080\u0080\u0080\u0001\0\u0002"),
    };

    /// <summary>Streams of bytes that mean something to the framing.</summary>
    public static Gen<byte[]> Streams(string name) =>
        Gen.OneOf([.. All[name].Alphabet.Select(character => Gen.Const((byte)character))]).Array[0, 60];

    /// <summary>Offsets in a stream, in rising order, some of them twice.</summary>
    public static Gen<int[]> Offsets(int length) => Gen.Int[0, length].Array[0, 12].Select(offsets => offsets.Order().ToArray());

    public static TheoryData<string> Names => [.. All.Keys];

    public static FrameReader Reader(string name) => All[name].Reader;
}
