using ActorSockets.Fuzz.Targets;
using ActorSockets.ProxyProtocol;

namespace ActorSockets.Fuzz;

/// <summary>All targets.</summary>
internal static class TargetCatalog
{
    // Those of real protocols, and those that overlap with themselves.
    private static readonly byte[][] Delimiters = [";"u8.ToArray(), "\r\n\r\n"u8.ToArray(), "aab"u8.ToArray(), "abab"u8.ToArray(), "aaa"u8.ToArray()];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FramingTarget("lines", [new LineFraming(3), new LineFraming(64), new LineFraming(FrameReader.DefaultMaxLineLength)], "\r\n"u8.ToArray(), "\r\r\n"u8.ToArray(), "\n\r"u8.ToArray()),
        new FramingTarget("delimiter", [.. Delimiters.Select(delimiter => new DelimiterFraming(delimiter, 1000)), new DelimiterFraming(Delimiters[^1], 3)], Delimiters),
        new FramingTarget("fixed-size", [new FixedSizeFraming(3), new FixedSizeFraming(7), new FixedSizeFraming(1000)]),
        LengthPrefixed("length-uint8", LengthPrefix.UInt8, 1, isBigEndian: true),
        LengthPrefixed("length-uint16-big-endian", LengthPrefix.UInt16BigEndian, 2, isBigEndian: true),
        LengthPrefixed("length-uint16-little-endian", LengthPrefix.UInt16LittleEndian, 2, isBigEndian: false),
        LengthPrefixed("length-uint32-big-endian", LengthPrefix.UInt32BigEndian, 4, isBigEndian: true),
        LengthPrefixed("length-uint32-little-endian", LengthPrefix.UInt32LittleEndian, 4, isBigEndian: false),
        LengthPrefixed("length-uint64-big-endian", LengthPrefix.UInt64BigEndian, 8, isBigEndian: true),
        LengthPrefixed("length-uint64-little-endian", LengthPrefix.UInt64LittleEndian, 8, isBigEndian: false),
        new FramingTarget("length-varint", [.. Limits.Select(limit => new LengthPrefixFraming(LengthPrefix.Varint, 0, isBigEndian: false, limit))],
            [0x80, 0x80, 0x01], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]),
        new ProxyTarget("proxy-text", "PROXY "u8.ToArray(), "TCP4 "u8.ToArray(), "TCP6 "u8.ToArray(), "UNKNOWN"u8.ToArray(), "\r\n"u8.ToArray(), " 65535"u8.ToArray(),
            "192.0.2.1 "u8.ToArray(), "::1 "u8.ToArray(), "::ffff:192.0.2.1 "u8.ToArray(), "0x7f.1 "u8.ToArray(), "%1"u8.ToArray(), "\0 "u8.ToArray()),
        new ProxyTarget("proxy-binary", BinaryHeader.Signature.ToArray(), [0x21, 0x11], [0x21, 0x21], [0x21, 0x31], [0x20, 0x00], [0x01, 0x00, 0x02], [0x02, 0x00, 0x05], [0x03, 0x00, 0x04], [0x05, 0x00, 0x80], [0x20, 0x00, 0x05]),
    ];

    private static int[] Limits => [3, 250, int.MaxValue];

    /// <summary>Those of a name, or all.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IReadOnlyList<FuzzTarget> Of(string name)
    {
        IReadOnlyList<FuzzTarget> found = name == "all" ? All : [.. All.Where(target => target.Name == name)];
        return found.Count > 0 ? found : throw new ArgumentException($"there is no target '{name}'; there are {string.Join(", ", All.Select(target => target.Name))}");
    }

    private static FramingTarget LengthPrefixed(string name, LengthPrefix prefix, int size, bool isBigEndian) => new(name,
    [
        .. from kind in new[] { prefix, prefix.CountingItself() }
           from limit in Limits
           select new LengthPrefixFraming(kind, size, isBigEndian, limit),
    ]);
}
