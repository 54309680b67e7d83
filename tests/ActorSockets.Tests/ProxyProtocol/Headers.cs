using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace ActorSockets.Tests.ProxyProtocol;

/// <summary>Headers of the PROXY protocol, as proxies write them.</summary>
internal static class Headers
{
    public static byte[] Text(string line) => Encoding.Latin1.GetBytes(line + "\r\n");

    public static byte[] Binary(int command, int kind, params byte[][] rest)
    {
        var length = rest.Sum(part => part.Length);
        return [.. "\r\n\r\n\0\r\nQUIT\n"u8, (byte)command, (byte)kind, (byte)(length >> 8), (byte)length, .. rest.SelectMany(part => part)];
    }

    public static byte[] Addresses(string source, string destination)
    {
        var (from, to) = (IPEndPoint.Parse(source), IPEndPoint.Parse(destination));
        return [.. from.Address.GetAddressBytes(), .. to.Address.GetAddressBytes(), (byte)(from.Port >> 8), (byte)from.Port, (byte)(to.Port >> 8), (byte)to.Port];
    }

    public static byte[] Extension(int type, params ReadOnlySpan<byte> value) => [(byte)type, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    /// <summary>The same with a checksum, which is the last extension.</summary>
    public static byte[] WithChecksum(int command, int kind, params byte[][] rest)
    {
        var header = Binary(command, kind, [.. rest, Extension(0x03, 0, 0, 0, 0)]);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(header.Length - 4), Crc32C(header));
        return header;
    }

    // Bit by bit, as in the definition.
    private static uint Crc32C(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }
}
