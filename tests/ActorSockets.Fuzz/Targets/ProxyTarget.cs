using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.ProxyProtocol;

namespace ActorSockets.Fuzz.Targets;

/// <summary>The headers of the PROXY protocol: the parser, and what receives for it.</summary>
internal sealed class ProxyTarget(string name, params byte[][] words) : FuzzTarget(name)
{
    private const int EachUntil = 300;
    private const int OthersChecked = 40;
    private const int MaxUniqueId = 128;
    private const int Ways = 2;

    public override IReadOnlyList<byte[]> Words => words;

    protected override string Check(byte[] data, Random random)
    {
        var whole = Parsed.Of(data);
        var decided = default(Parsed);
        foreach (var count in Counts(data.Length, random))
        {
            var parsed = Parsed.Of(data.AsSpan(0, count));
            if (decided is null)
            {
                AssertPlausible(data.AsSpan(0, count), parsed);
                decided = parsed.Status == OperationStatus.NeedMoreData ? null : parsed;
            }
            else
            {
                Promise.Same(decided, parsed, "what comes after a header changes nothing about it");
            }
        }

        if (whole.Header is { Source: IPEndPoint source, Destination: IPEndPoint destination })
        {
            AssertSameWhenWrittenAgain(data[..whole.Length], whole.Header.Version, source, destination);
        }

        for (var way = 0; way < Ways; way++)
        {
            ReceivedHeader.Check(data, whole, random);
        }

        return whole.Describe();
    }

    /// <summary>How much has come when it is parsed, in rising order up to all.</summary>
    private static IEnumerable<int> Counts(int length, Random random)
    {
        var others = Enumerable.Range(0, length > EachUntil ? OthersChecked : 0).Select(_ => random.Next(EachUntil, length + 1)).Order();
        return Enumerable.Range(0, Math.Min(length, EachUntil) + 1).Concat(others).Append(length);
    }

    private static void AssertPlausible(ReadOnlySpan<byte> data, Parsed parsed)
    {
        Promise.Same(parsed.Status == OperationStatus.Done, parsed.Header is not null, "there is a header when it is done, and only then");
        Promise.Kept(parsed.Status != OperationStatus.NeedMoreData || data.Length < ProxyHeaderParser.MaxLength, "no more is asked for than a header has");
        if (parsed.Header is not { } header)
        {
            return;
        }

        Promise.Kept(parsed.Length > 0 && parsed.Length <= Math.Min(data.Length, ProxyHeaderParser.MaxLength), "a header lies within what has come");
        Promise.Same(data[0] == 'P' ? 1 : 2, header.Version, "the version is the one that its first byte says");
        Promise.Kept(!header.IsLocal || (header.Version, header.Source, header.Destination) == (2, null, null), "a proxy that speaks for itself says no address");
        Promise.Kept(header.UniqueId.Length <= MaxUniqueId, "an id is not longer than the specification has it");
        Promise.Kept(header.Source is null or IPEndPoint or UnixDomainSocketEndPoint, "an address is one of IP or a path");
        Promise.Kept(header.Version != 1 || data[..parsed.Length].EndsWith("\r\n"u8), "version 1 ends with its line");
    }

    private static void AssertSameWhenWrittenAgain(byte[] data, int version, IPEndPoint source, IPEndPoint destination)
    {
        var isIPv4 = source.AddressFamily == AddressFamily.InterNetwork;
        byte[] again = version == 1
            ? Encoding.Latin1.GetBytes($"PROXY TCP{(isIPv4 ? 4 : 6)} {source.Address} {destination.Address} {source.Port} {destination.Port}\r\n")
            : [.. BinaryHeader.Signature, 0x21, (byte)(isIPv4 ? 0x11 : 0x21), 0, (byte)(isIPv4 ? 12 : 36),
                .. source.Address.GetAddressBytes(), .. destination.Address.GetAddressBytes(), .. Port(source), .. Port(destination)];
        var parsed = Parsed.Of(again);

        Promise.Same(((EndPoint?)source, (EndPoint?)destination), (parsed.Header?.Source, parsed.Header?.Destination), "addresses that are written again are the same");
        Promise.Kept(version != 1 || !isIPv4 || data.AsSpan().SequenceEqual(again), "there is one way to write IPv4 addresses");
    }

    private static byte[] Port(IPEndPoint endPoint)
    {
        var bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)endPoint.Port);
        return bytes;
    }
}
