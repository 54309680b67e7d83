using System.Numerics;

namespace ActorSockets.Fuzz.Targets;

/// <summary>Frames with their length in front.</summary>
internal sealed class LengthPrefixFraming(LengthPrefix prefix, int size, bool isBigEndian, int maxLength)
    : CheckedFraming(FrameReader.LengthPrefix(prefix, maxLength), FrameWriter.LengthPrefix(prefix, maxLength))
{
    private const int Varint = 0;
    private const int MostOfVarint = 10;

    private int OwnShare => prefix.CountsItself ? size : 0;

    public override Expected Expect(ReadOnlySpan<byte> input)
    {
        var header = size == Varint ? ReadVarint(input) : ReadNumber(input);
        return header switch
        {
            null => Expected.Incomplete,
            var (length, _) when length < 0 || length > ulong.MaxValue => Expected.Malformed,
            var (length, _) when length > MaxLength => Expected.TooLarge,
            var (length, taken) when taken + length > input.Length => Expected.Incomplete,
            var (length, taken) => Expected.Frame(taken, (int)length, taken + (int)length),
        };
    }

    public override bool IsWritable(ReadOnlySpan<byte> frame) =>
        frame.Length <= MaxLength && (size == Varint || BigInteger.Pow(256, size) > frame.Length + OwnShare);

    private (BigInteger Length, int Taken)? ReadNumber(ReadOnlySpan<byte> input) =>
        input.Length < size ? null : (new BigInteger(input[..size], isUnsigned: true, isBigEndian) - OwnShare, size);

    private static (BigInteger Length, int Taken)? ReadVarint(ReadOnlySpan<byte> input)
    {
        BigInteger length = 0;
        for (var taken = 0; taken < MostOfVarint && taken < input.Length; taken++)
        {
            length += (BigInteger)(input[taken] & 0x7f) << (7 * taken);
            if (input[taken] < 0x80)
            {
                return (length, taken + 1);
            }
        }

        // More than ten bytes, whatever they are: more than 64 bits.
        return input.Length < MostOfVarint ? null : (-1, 0);
    }
}
