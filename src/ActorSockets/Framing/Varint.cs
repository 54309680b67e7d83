using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Unsigned LEB128: seven bits a byte, the least significant first; the highest bit says that more follow.</summary>
internal static class Varint
{
    /// <summary>The bytes that 64 bits take.</summary>
    public const int MaxSize = 10;

    /// <summary>Reads the number at the start of the input; false: more input is needed.</summary>
    /// <exception cref="MalformedFrameException">It has more than 64 bits.</exception>
    public static bool TryRead(in ReadOnlySequence<byte> input, out int size, out ulong value)
    {
        var reader = new SequenceReader<byte>(input);
        value = 0;
        for (size = 1; reader.TryRead(out var part); size++)
        {
            // The tenth byte has room for the 64th bit alone; this also ends every longer number.
            if (size == MaxSize && part > 1)
            {
                throw new MalformedFrameException("its varint length has more than 64 bits", input);
            }

            value |= (ulong)(part & 0x7f) << (7 * (size - 1));
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes a number in as few bytes as it needs.</summary>
    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> destination, ulong value)
    {
        var size = 0;
        for (; value >= 0x80; value >>= 7)
        {
            destination[size++] = (byte)(value | 0x80);
        }

        destination[size++] = (byte)value;
        return size;
    }
}
