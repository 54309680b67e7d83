using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Writes frames with their length in front.</summary>
internal sealed class LengthPrefixWriter : FrameWriter
{
    private readonly LengthPrefix _prefix;
    private readonly int _maxLength;

    public LengthPrefixWriter(LengthPrefix prefix, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        (_prefix, _maxLength) = (prefix, maxLength);
    }

    public override void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (frame.Length > _maxLength)
        {
            throw new ArgumentException($"the frame has {frame.Length} bytes; at most {_maxLength} are allowed", nameof(frame));
        }

        if ((ulong)frame.Length > _prefix.MaxFrameLength)
        {
            throw new ArgumentException($"the frame has {frame.Length} bytes; at most {_prefix.MaxFrameLength} fit behind this prefix ({_prefix})", nameof(frame));
        }

        LengthHeader.Write(_prefix, frame.Length, output);
        output.Write(frame);
    }
}
