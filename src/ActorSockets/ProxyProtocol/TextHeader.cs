using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.ProxyProtocol;

/// <summary>Version 1: <c>PROXY TCP4 192.0.2.1 192.0.2.2 56324 443</c> and CR LF.</summary>
internal static class TextHeader
{
    // With its line end, as the specification has it.
    private const int MaxLength = 107;

    private static readonly SearchValues<char> OfIPv6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    public static ReadOnlySpan<byte> Signature => "PROXY "u8;

    /// <inheritdoc cref="ProxyHeaderParser.Parse"/>
    public static OperationStatus Parse(ReadOnlySpan<byte> data, out ProxyHeader? header, out int length)
    {
        header = null;
        var line = data[..Math.Min(data.Length, MaxLength)];
        length = line.IndexOf("\r\n"u8) + 2;
        if (length < 2)
        {
            length = 0;
            return data.Length < MaxLength ? OperationStatus.NeedMoreData : OperationStatus.InvalidData;
        }

        header = Read(Encoding.Latin1.GetString(line[Signature.Length..(length - 2)]));
        return header is null ? OperationStatus.InvalidData : OperationStatus.Done;
    }

    private static ProxyHeader? Read(string text) => text.Split(' ') switch
    {
        // What follows is to be passed over.
        ["UNKNOWN", ..] => new ProxyHeader { Version = 1 },
        ["TCP4", var source, var destination, var from, var to] => Read(AddressFamily.InterNetwork, (source, from), (destination, to)),
        ["TCP6", var source, var destination, var from, var to] => Read(AddressFamily.InterNetworkV6, (source, from), (destination, to)),
        _ => null,
    };

    private static ProxyHeader? Read(AddressFamily family, (string Address, string Port) source, (string Address, string Port) destination) =>
        ReadEndPoint(family, source.Address, source.Port) is { } from && ReadEndPoint(family, destination.Address, destination.Port) is { } to
            ? new ProxyHeader { Version = 1, Source = from, Destination = to }
            : null;

    private static IPEndPoint? ReadEndPoint(AddressFamily family, string address, string port) =>
        IPAddress.TryParse(address, out var ip) && ip.AddressFamily == family && IsWrittenOut(address, ip) && ReadPort(port) is { } number
            ? new IPEndPoint(ip, number)
            : null;

    // .NET reads 1.2, 0x7f.1 and addresses with a scope or in brackets as well.
    private static bool IsWrittenOut(string address, IPAddress ip) => ip.AddressFamily == AddressFamily.InterNetwork
        ? address == ip.ToString()
        : !address.AsSpan().ContainsAnyExcept(OfIPv6);

    // .NET passes over zero bytes behind a number.
    private static int? ReadPort(string port) =>
        ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (port.Length == 1 || port[0] != '0') && port[^1] != '\0' ? number : null;
}
