using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Writes lines that end with LF.</summary>
internal sealed class LineWriter : FrameWriter
{
    public override void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (frame.Contains((byte)'\n'))
        {
            throw new ArgumentException("the line has a line feed in it: it would be read as several", nameof(frame));
        }

        if (frame.EndsWith("\r"u8))
        {
            throw new ArgumentException("the line ends with a carriage return: it would be read without it", nameof(frame));
        }

        output.Write(frame);
        output.Write("\n"u8);
    }
}
