using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Writes frames that each end with the same bytes.</summary>
internal sealed class DelimiterWriter : FrameWriter
{
    private readonly byte[] _delimiter;

    /// <summary>Lengths of starts of the delimiter that complete another one when they come right before it: 1 and 2 for "aaa".</summary>
    private readonly int[] _treacherousStarts;

    public DelimiterWriter(ReadOnlySpan<byte> delimiter)
    {
        _delimiter = delimiter.IsEmpty ? throw new ArgumentException("a delimiter has at least one byte", nameof(delimiter)) : delimiter.ToArray();
        _treacherousStarts = [.. Enumerable.Range(1, _delimiter.Length - 1).Where(length => _delimiter.AsSpan().StartsWith(_delimiter.AsSpan(length)))];
    }

    public override void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (frame.IndexOf(_delimiter) >= 0)
        {
            throw new ArgumentException("the frame has the delimiter in it: it would be read as several", nameof(frame));
        }

        foreach (var length in _treacherousStarts)
        {
            if (frame.EndsWith(_delimiter.AsSpan(0, length)))
            {
                throw new ArgumentException("the frame's end and the delimiter's start form a delimiter: it would be read shorter", nameof(frame));
            }
        }

        output.Write(frame);
        output.Write(_delimiter);
    }
}
