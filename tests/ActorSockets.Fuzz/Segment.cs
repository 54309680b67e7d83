using System.Buffers;

namespace ActorSockets.Fuzz;

/// <summary>A piece of a sequence; sequences of any segments, empty ones too.</summary>
internal sealed class Segment : ReadOnlySequenceSegment<byte>
{
    private Segment(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

    /// <summary>Bytes of a stream as a sequence whose segments end at the given offsets of the stream, in rising order; two equal ones make an empty segment.</summary>
    public static ReadOnlySequence<byte> Sequence(ReadOnlyMemory<byte> stream, int from, int until, IEnumerable<int> cuts)
    {
        var start = from;
        Segment? first = null;
        Segment? last = null;
        foreach (var end in cuts.Where(cut => cut >= from && cut <= until).Append(until))
        {
            var segment = new Segment(stream[start..end], start - from);
            first ??= segment;
            if (last is not null)
            {
                last.Next = segment;
            }

            (start, last) = (end, segment);
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }
}
