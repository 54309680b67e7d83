using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Reads frames with their length in front. The few bytes of the prefix are read again with each call.</summary>
internal sealed class LengthPrefixReader(LengthPrefix prefix, int maxLength) : FrameReader(maxLength)
{
    public override bool TryRead(
        in ReadOnlySequence<byte> input, ref long examined, out ReadOnlySequence<byte> frame, out SequencePosition consumed)
    {
        examined = 0;
        frame = default;
        consumed = input.Start;
        if (!LengthHeader.TryRead(prefix, input, out var size, out var length))
        {
            return false;
        }

        if (length > (ulong)MaxLength)
        {
            throw new FrameTooLargeException(MaxLength, length);
        }

        if (input.Length - size < (long)length)
        {
            return false;
        }

        frame = input.Slice(size, (long)length);
        consumed = frame.End;
        return true;
    }
}
