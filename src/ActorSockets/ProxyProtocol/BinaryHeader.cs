using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace ActorSockets.ProxyProtocol;

/// <summary>Version 2: a signature, what kind of connection it is, the length of the rest, addresses, and extensions (TLV).</summary>
internal static class BinaryHeader
{
    private const int FixedLength = 16;
    private const int KindOffset = 12;
    private const int LengthOffset = 14;
    private const int Local = 0x20;
    private const int Proxied = 0x21;
    private const int MaxPath = 107;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <inheritdoc cref="ProxyHeaderParser.Parse"/>
    public static OperationStatus Parse(ReadOnlySpan<byte> data, out ProxyHeader? header, out int length)
    {
        (header, length) = (null, 0);
        if (data.Length > KindOffset && data[KindOffset] is not (Local or Proxied))
        {
            return OperationStatus.InvalidData;
        }

        if (data.Length < FixedLength)
        {
            return OperationStatus.NeedMoreData;
        }

        var announced = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(data[LengthOffset..]);
        if (announced > ProxyHeaderParser.MaxLength)
        {
            // Known from the header alone: nothing is kept for what may never come.
            return OperationStatus.InvalidData;
        }

        if (data.Length < announced)
        {
            return OperationStatus.NeedMoreData;
        }

        length = announced;
        header = Read(data[..announced]);
        return header is null ? OperationStatus.InvalidData : OperationStatus.Done;
    }

    private static ProxyHeader? Read(ReadOnlySpan<byte> whole)
    {
        var rest = whole[FixedLength..];
        var kind = whole[KindOffset + 1];
        var addresses = kind switch { 0x00 => 0, 0x11 => 12, 0x21 => 36, 0x31 => 216, _ => int.MaxValue };
        var isLocal = whole[KindOffset] == Local;
        if (isLocal)
        {
            // What it says about addresses is to be passed over.
            return new ProxyHeader { Version = 2, IsLocal = true };
        }

        if (rest.Length < addresses)
        {
            return null;
        }

        var (source, destination) = kind switch
        {
            0x11 => ReadAddresses(rest, 4),
            0x21 => ReadAddresses(rest, 16),
            0x31 => (ReadPath(rest[..108]), ReadPath(rest[108..216])),
            _ => default,
        };

        // Behind no addresses the specification allows nothing that could be told from them.
        var extensions = kind == 0 ? default : rest[addresses..];
        return Extensions.Read(whole, extensions) is { } said
            ? said with { Source = source, Destination = destination }
            : null;
    }

    private static (EndPoint? Source, EndPoint? Destination) ReadAddresses(ReadOnlySpan<byte> bytes, int size)
    {
        var ports = bytes[(2 * size)..];
        return (
            new IPEndPoint(new IPAddress(bytes[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(bytes[size..(2 * size)]), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
    }

    private static UnixDomainSocketEndPoint? ReadPath(ReadOnlySpan<byte> bytes)
    {
        // An abstract name begins with a zero byte, most clients have no name, and .NET has no room for the longest.
        var path = bytes[0] == 0 ? bytes.TrimEnd((byte)0) : bytes[..(bytes.IndexOf((byte)0) is >= 0 and var end ? end : bytes.Length)];
        return path.Length is 0 or > MaxPath || !Utf8.IsValid(path) ? null : new UnixDomainSocketEndPoint(Encoding.UTF8.GetString(path));
    }
}
