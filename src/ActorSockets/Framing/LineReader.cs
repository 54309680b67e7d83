using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Reads lines that end with LF or CR LF.</summary>
internal sealed class LineReader(int maxLength) : FrameReader(maxLength)
{
    /// <summary>With the default limit, unless whoever reads knows a better one.</summary>
    public static LineReader WithoutStatedLimit { get; } = new(DefaultMaxLineLength);

    public override bool TryRead(
        in ReadOnlySequence<byte> input, ref long examined, out ReadOnlySequence<byte> frame, out SequencePosition consumed)
    {
        if (input.Slice(examined).PositionOf((byte)'\n') is { } end
            && WithoutCarriageReturn(input.Slice(input.Start, end)) is var line && line.Length <= MaxLength)
        {
            examined = 0;
            frame = line;
            consumed = input.GetPosition(1, end);
            return true;
        }

        // A CR may be the first half of the line's end.
        var begun = WithoutCarriageReturn(input).Length;
        if (begun > MaxLength)
        {
            throw new FrameTooLargeException(MaxLength, input);
        }

        examined = begun;
        frame = default;
        consumed = input.Start;
        return false;
    }

    // Not by FirstSpan, which is empty where the input begins with an empty segment.
    private static ReadOnlySequence<byte> WithoutCarriageReturn(in ReadOnlySequence<byte> line) =>
        !line.IsEmpty && line.Slice(line.Length - 1).PositionOf((byte)'\r') is not null ? line.Slice(0, line.Length - 1) : line;
}
