using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Reads frames that all have the same size.</summary>
internal sealed class FixedSizeReader(int size) : FrameReader(size)
{
    public override bool TryRead(
        in ReadOnlySequence<byte> input, ref long examined, out ReadOnlySequence<byte> frame, out SequencePosition consumed)
    {
        var isComplete = input.Length >= MaxLength;
        examined = isComplete ? 0 : input.Length;
        frame = isComplete ? input.Slice(0, MaxLength) : default;
        consumed = isComplete ? frame.End : input.Start;
        return isComplete;
    }
}
