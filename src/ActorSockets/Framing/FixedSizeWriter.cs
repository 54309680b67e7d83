using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Writes frames that all have the same size.</summary>
internal sealed class FixedSizeWriter : FrameWriter
{
    private readonly int _size;

    public FixedSizeWriter(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        _size = size;
    }

    public override void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (frame.Length != _size)
        {
            throw new ArgumentException($"the frame has {frame.Length} bytes, not {_size}", nameof(frame));
        }

        output.Write(frame);
    }
}
