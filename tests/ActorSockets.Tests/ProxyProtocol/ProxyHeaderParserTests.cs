using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Fuzz;
using ActorSockets.ProxyProtocol;
using static ActorSockets.Tests.ProxyProtocol.Headers;

namespace ActorSockets.Tests.ProxyProtocol;

public sealed class ProxyHeaderParserTests
{
    private const string Source = "192.0.2.1:56324";
    private const string Destination = "198.51.100.2:443";

    private static readonly Dictionary<string, byte[]> Valid = new()
    {
        ["TCP4"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443"),
        ["TCP4 all zero"] = Text("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535"),
        ["TCP6"] = Text("PROXY TCP6 2001:db8::1 2001:DB8:0:0:0:0:0:2 56324 443"),
        ["TCP6, the longest"] = Text($"PROXY TCP6 {LongIPv6} {LongIPv6} 65535 65535"),
        ["UNKNOWN"] = Text("PROXY UNKNOWN"),
        ["UNKNOWN, the longest"] = Text($"PROXY UNKNOWN {LongIPv6} {LongIPv6} 65535 65535"),
        ["UNKNOWN with whatever"] = Text("PROXY UNKNOWN \t and so on"),
        ["v2 IPv4"] = Binary(0x21, 0x11, Addresses(Source, Destination)),
        ["v2 IPv6"] = Binary(0x21, 0x21, Addresses("[2001:db8::1]:56324", "[2001:db8::2]:443")),
        ["v2 Unix"] = Binary(0x21, 0x31, Path("/run/client"), Path("/run/server")),
        ["v2 Unix, abstract and none"] = Binary(0x21, 0x31, Path("\0client"), new byte[108]),
        ["v2 Unix, the longest"] = Binary(0x21, 0x31, Path(new string('a', 108)), Path(new string('b', 107))),
        ["v2 Unix, not UTF-8"] = Binary(0x21, 0x31, [.. new byte[] { 0xFF, 0xFE }, .. new byte[106]], new byte[108]),
        ["v2 LOCAL"] = Binary(0x20, 0x00),
        ["v2 LOCAL with addresses"] = Binary(0x20, 0x11, Addresses(Source, Destination)),
        ["v2 unspecified with whatever"] = Binary(0x21, 0x00, [1, 2, 3]),
        ["v2 with extensions"] = Binary(0x21, 0x11, Addresses(Source, Destination), Extension(0x02, "example.org"u8), Extension(0x04), Extension(0xE0, "custom"u8), Extension(0x20, 1, 0, 0, 0, 0, 0x21, 0, 1, 88)),
        ["v2 with a checksum"] = WithChecksum(0x21, 0x11, Addresses(Source, Destination), Extension(0x05, "id"u8)),
        ["v2, the longest"] = Binary(0x21, 0x11, Addresses(Source, Destination), Extension(0x04, new byte[4096 - 16 - 12 - 3])),
    };

    private static readonly Dictionary<string, byte[]> Invalid = new()
    {
        ["another protocol"] = "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
        ["lower case"] = Text("proxy TCP4 192.0.2.1 198.51.100.2 56324 443"),
        ["no address"] = Text("PROXY TCP4"),
        ["a port too many"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 1"),
        ["two spaces"] = Text("PROXY  TCP4 192.0.2.1 198.51.100.2 56324 443"),
        ["a space at the end"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 "),
        ["IPv6 as IPv4"] = Text("PROXY TCP4 ::1 ::1 1 2"),
        ["IPv4 as IPv6"] = Text("PROXY TCP6 192.0.2.1 198.51.100.2 1 2"),
        ["a short IPv4"] = Text("PROXY TCP4 192.2 198.51.100.2 1 2"),
        ["an octal IPv4"] = Text("PROXY TCP4 0300.0.2.1 198.51.100.2 1 2"),
        ["a number too large"] = Text("PROXY TCP4 192.0.2.256 198.51.100.2 1 2"),
        ["IPv6 with a scope"] = Text("PROXY TCP6 fe80::1%1 fe80::2 1 2"),
        ["IPv6 in brackets"] = Text("PROXY TCP6 [::1] ::2 1 2"),
        ["a port too large"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 65536 443"),
        ["a negative port"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 -1 443"),
        ["a port with a zero before it"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 080 443"),
        ["a port with a plus"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 +80 443"),
        ["a port with a zero byte after it"] = Text("PROXY TCP4 192.0.2.1 198.51.100.2 80\0 443"),
        ["UDP"] = Text("PROXY UDP4 192.0.2.1 198.51.100.2 1 2"),
        ["UNKNOWN and more letters"] = Text("PROXY UNKNOWNS"),
        ["no line end within 107 bytes"] = Text($"PROXY UNKNOWN {new string('x', 92)}"),
        ["v2 version 1"] = Binary(0x11, 0x11, Addresses(Source, Destination)),
        ["v2 version 15"] = Binary(0xF1, 0x11, Addresses(Source, Destination)),
        ["v2 unknown command"] = Binary(0x22, 0x11, Addresses(Source, Destination)),
        ["v2 datagrams"] = Binary(0x21, 0x12, Addresses(Source, Destination)),
        ["v2 unknown family"] = Binary(0x21, 0x41, Addresses(Source, Destination)),
        ["v2 addresses too short"] = Binary(0x21, 0x11, new byte[11]),
        ["v2 IPv6 addresses too short"] = Binary(0x21, 0x21, Addresses(Source, Destination)),
        ["v2 longer than any"] = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0xFF, 0xFF],
        ["v2 an extension without a length"] = Binary(0x21, 0x11, Addresses(Source, Destination), [0x02]),
        ["v2 an extension that is cut off"] = Binary(0x21, 0x11, Addresses(Source, Destination), [0x02, 0, 5, (byte)'a']),
        ["v2 an id too long"] = Binary(0x21, 0x11, Addresses(Source, Destination), Extension(0x05, new byte[129])),
        ["v2 a checksum of two bytes"] = Binary(0x21, 0x11, Addresses(Source, Destination), Extension(0x03, 0, 0)),
        ["v2 a wrong checksum"] = Binary(0x21, 0x11, Addresses(Source, Destination), Extension(0x03, 1, 2, 3, 4)),
    };

    private static string LongIPv6 => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

    public static TheoryData<string> ValidNames => [.. Valid.Keys];

    public static TheoryData<string> InvalidNames => [.. Invalid.Keys];

    [Theory]
    [MemberData(nameof(ValidNames))]
    public void A_header_is_read_as_soon_as_it_is_complete_and_not_a_byte_more(string name)
    {
        byte[] data = [.. Valid[name], .. "PROXY after it"u8];

        for (var count = 0; count < Valid[name].Length; count++)
        {
            Assert.Equal((count, OperationStatus.NeedMoreData), (count, ProxyHeaderParser.Parse(data.AsSpan(0, count), out _, out _)));
        }

        for (var count = Valid[name].Length; count <= data.Length; count++)
        {
            Assert.Equal(OperationStatus.Done, ProxyHeaderParser.Parse(data.AsSpan(0, count), out var header, out var length));
            Assert.NotNull(header);
            Assert.Equal(Valid[name].Length, length);
        }
    }

    [Theory]
    [MemberData(nameof(InvalidNames))]
    public void What_is_no_header_is_refused_and_nothing_of_it_taken(string name)
    {
        Assert.Equal(OperationStatus.InvalidData, ProxyHeaderParser.Parse(Invalid[name], out var header, out _));
        Assert.Null(header);
    }

    [Fact]
    public void The_addresses_are_those_that_the_proxy_says()
    {
        var (text, binary) = (Parse("TCP4"), Parse("v2 IPv4"));

        Assert.Equal((1, 2), (text.Version, binary.Version));
        Assert.All([text, binary], header => Assert.Equal((IPEndPoint.Parse(Source), IPEndPoint.Parse(Destination)), (header.Source, header.Destination)));
        Assert.All([Parse("TCP6"), Parse("v2 IPv6")], header =>
            Assert.Equal((IPEndPoint.Parse("[2001:db8::1]:56324"), IPEndPoint.Parse("[2001:db8::2]:443")), (header.Source, header.Destination)));
        Assert.Equal(("/run/client", "/run/server"), (Parse("v2 Unix").Source?.ToString(), Parse("v2 Unix").Destination?.ToString()));
        Assert.Equal((AddressFamily.Unix, null), (Parse("v2 Unix, abstract and none").Source!.AddressFamily, Parse("v2 Unix, abstract and none").Destination));
        Assert.Null(Parse("v2 Unix, the longest").Source);
    }

    [Theory]
    [InlineData("UNKNOWN", false)]
    [InlineData("UNKNOWN, the longest", false)]
    [InlineData("v2 LOCAL", true)]
    [InlineData("v2 LOCAL with addresses", true)]
    [InlineData("v2 unspecified with whatever", false)]
    public void A_proxy_that_speaks_for_itself_or_does_not_know_says_no_address(string name, bool isLocal)
    {
        var header = Parse(name);

        Assert.Equal((null, null, isLocal), (header.Source, header.Destination, header.IsLocal));
    }

    [Fact]
    public void Of_the_extensions_the_host_the_protocol_and_the_id_are_told()
    {
        var data = WithChecksum(0x21, 0x11, Addresses(Source, Destination), Extension(0x01, "h2"u8), Extension(0x02, "example.org"u8), Extension(0x05, 1, 2, 3), Extension(0xEE, "?"u8));

        Assert.Equal(OperationStatus.Done, ProxyHeaderParser.Parse(data, out var header, out _));
        Assert.Equal(("h2", "example.org", "010203"), (header!.ApplicationProtocol, header.Authority, Convert.ToHexString(header.UniqueId.Span)));
    }

    [Fact]
    public void A_checksum_finds_each_bit_that_is_wrong()
    {
        var data = WithChecksum(0x21, 0x11, Addresses(Source, Destination), Extension(0x02, "example.org"u8));
        for (var bit = 16 * 8; bit < data.Length * 8; bit++)
        {
            var wrong = data.ToArray();
            wrong[bit / 8] ^= (byte)(1 << (bit % 8));

            // A type that is not the checksum's any more leaves nothing to check.
            if (bit / 8 != data.Length - 7)
            {
                Assert.Equal((bit, OperationStatus.InvalidData), (bit, ProxyHeaderParser.Parse(wrong, out _, out _)));
            }
        }
    }

    [Fact]
    public void Whatever_comes_is_a_header_or_not_or_not_yet_and_never_an_exception()
    {
        var random = new Random(5);
        var mutator = new Mutator(random);
        byte[][] all = [.. Valid.Values, .. Invalid.Values];
        var seen = new Dictionary<OperationStatus, int>();
        for (var round = 0; round < 100_000; round++)
        {
            var data = mutator.Mutate(all[random.Next(all.Length)], all[random.Next(all.Length)]);
            var status = ProxyHeaderParser.Parse(data, out var header, out var length);
            seen[status] = seen.GetValueOrDefault(status) + 1;

            Assert.Equal(status == OperationStatus.Done, header is not null);
            Assert.InRange(length, 0, data.Length);
            Assert.False(status == OperationStatus.NeedMoreData && data.Length >= ProxyHeaderParser.MaxLength, "more is asked for than a header has");
        }

        Assert.Equal(3, seen.Count);
    }

    private static byte[] Path(string path) => [.. Encoding.UTF8.GetBytes(path), .. new byte[108 - path.Length]];

    private static ProxyHeader Parse(string name)
    {
        Assert.Equal(OperationStatus.Done, ProxyHeaderParser.Parse(Valid[name], out var header, out _));
        return header!;
    }
}
