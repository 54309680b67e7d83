using System.Buffers;
using System.Buffers.Binary;

namespace ActorSockets.Framing;

/// <summary>Reads and writes the header that a <see cref="LengthPrefix"/> describes.</summary>
internal static class LengthHeader
{
    /// <summary>The most bytes that a header has.</summary>
    public const int MaxSize = Varint.MaxSize;

    /// <summary>Reads the header at the start of the input; false: more input is needed.</summary>
    /// <param name="prefix">How the length is written.</param>
    /// <param name="input">Begins with the header.</param>
    /// <param name="size">The header's size in bytes.</param>
    /// <param name="length">The frame's length in bytes, without the header.</param>
    /// <exception cref="MalformedFrameException">It is no header of this kind.</exception>
    public static bool TryRead(LengthPrefix prefix, in ReadOnlySequence<byte> input, out int size, out ulong length)
    {
        if (prefix.IsVarint)
        {
            return Varint.TryRead(input, out size, out length);
        }

        size = prefix.Size;
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        if (!new SequenceReader<byte>(input).TryCopyTo(Significant(number, prefix)))
        {
            length = 0;
            return false;
        }

        var counted = prefix.IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(number) : BinaryPrimitives.ReadUInt64LittleEndian(number);
        if (counted < prefix.OwnShare)
        {
            throw new MalformedFrameException($"its length counts {counted} bytes, fewer than its prefix has", input);
        }

        length = counted - prefix.OwnShare;
        return true;
    }

    /// <summary>Writes the header of a frame that is not too long for it.</summary>
    /// <param name="prefix">How the length is written.</param>
    /// <param name="length">The frame's length in bytes, without the header.</param>
    /// <param name="output">Where the header goes.</param>
    public static void Write(LengthPrefix prefix, int length, IBufferWriter<byte> output)
    {
        Span<byte> number = stackalloc byte[MaxSize];
        if (prefix.IsVarint)
        {
            output.Write(number[..Varint.Write(number, (ulong)length)]);
            return;
        }

        number = number[..sizeof(ulong)];
        var counted = (ulong)length + prefix.OwnShare;
        if (prefix.IsBigEndian)
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, counted);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, counted);
        }

        output.Write(Significant(number, prefix));
    }

    /// <summary>The bytes of a 64-bit number that are in the header.</summary>
    private static Span<byte> Significant(Span<byte> number, LengthPrefix prefix) =>
        prefix.IsBigEndian ? number[^prefix.Size..] : number[..prefix.Size];
}
