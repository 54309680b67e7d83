using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace ActorSockets.ProxyProtocol;

/// <summary>What version 2 says beside the addresses: type, length, value, one after the other. Those that are not known are passed over, and nothing inside a value is looked at.</summary>
internal static class Extensions
{
    private const int HeadLength = 3;
    private const int MaxUniqueId = 128;

    /// <summary>Reads them.</summary>
    /// <param name="whole">The whole header, which the checksum is of.</param>
    /// <param name="extensions">Where they stand.</param>
    /// <returns>What they say; null where one is malformed, or the checksum is wrong.</returns>
    public static ProxyHeader? Read(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> extensions)
    {
        var header = new ProxyHeader { Version = 2 };
        while (!extensions.IsEmpty)
        {
            if (extensions.Length < HeadLength || BinaryPrimitives.ReadUInt16BigEndian(extensions[1..]) is var length && extensions.Length < HeadLength + length)
            {
                return null;
            }

            var value = extensions.Slice(HeadLength, length);
            switch (extensions[0])
            {
                case 0x01:
                    header = header with { ApplicationProtocol = Encoding.UTF8.GetString(value) };
                    break;
                case 0x02:
                    header = header with { Authority = Encoding.UTF8.GetString(value) };
                    break;
                case 0x03 when value.Length != sizeof(uint) || !IsRight(whole, value):
                case 0x05 when value.Length > MaxUniqueId:
                    return null;
                case 0x05:
                    header = header with { UniqueId = value.ToArray() };
                    break;
            }

            extensions = extensions[(HeadLength + length)..];
        }

        return header;
    }

    /// <summary>The checksum (CRC-32C) is of the header with zeros in its own place.</summary>
    private static bool IsRight(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> checksum)
    {
        whole.Overlaps(checksum, out var offset);
        var crc = uint.MaxValue;
        for (var index = 0; index < whole.Length; index++)
        {
            crc = BitOperations.Crc32C(crc, index >= offset && index < offset + sizeof(uint) ? (byte)0 : whole[index]);
        }

        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(checksum);
    }
}
