using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Reads frames that each end with the same bytes.</summary>
internal sealed class DelimiterReader : FrameReader
{
    private readonly byte[] _delimiter;

    public DelimiterReader(ReadOnlySpan<byte> delimiter, int maxLength)
        : base(maxLength) =>
        _delimiter = delimiter.IsEmpty ? throw new ArgumentException("a delimiter has at least one byte", nameof(delimiter)) : delimiter.ToArray();

    public override bool TryRead(
        in ReadOnlySequence<byte> input, ref long examined, out ReadOnlySequence<byte> frame, out SequencePosition consumed)
    {
        var length = SequenceSearch.IndexOf(input, examined, _delimiter);
        if (length >= 0 && length <= MaxLength)
        {
            examined = 0;
            frame = input.Slice(0, length);
            consumed = input.GetPosition(length + _delimiter.Length);
            return true;
        }

        if (input.Length >= (long)MaxLength + _delimiter.Length)
        {
            throw new FrameTooLargeException(MaxLength, input);
        }

        // The last bytes may be the first of the delimiter.
        examined = Math.Max(0, input.Length - _delimiter.Length + 1);
        frame = default;
        consumed = input.Start;
        return false;
    }
}
