using System.Buffers;

namespace ActorSockets.Framing;

/// <summary>Finds several bytes in a sequence, across its segments.</summary>
internal static class SequenceSearch
{
    /// <summary>Where the first occurrence of a pattern begins that begins at an offset or after it, counted from the start of the sequence; −1: nowhere.</summary>
    public static long IndexOf(in ReadOnlySequence<byte> sequence, long from, ReadOnlySpan<byte> pattern)
    {
        long offset = 0;
        var next = sequence.Start;
        while (sequence.TryGet(ref next, out var segment))
        {
            var skipped = (int)Math.Clamp(from - offset, 0, segment.Length);
            var span = segment.Span[skipped..];
            var index = span.IndexOf(pattern);
            if (index < 0)
            {
                index = IndexOfStraddling(sequence, next, span, pattern);
            }

            if (index >= 0)
            {
                return offset + skipped + index;
            }

            offset += segment.Length;
        }

        return -1;
    }

    /// <summary>Where the first occurrence begins that begins in a span and ends in the segments after it; −1: nowhere.</summary>
    private static int IndexOfStraddling(
        in ReadOnlySequence<byte> sequence, SequencePosition next, ReadOnlySpan<byte> span, ReadOnlySpan<byte> pattern)
    {
        for (var start = Math.Max(0, span.Length - pattern.Length + 1); start < span.Length; start++)
        {
            var head = span[start..];
            if (pattern.StartsWith(head) && StartsWith(sequence, next, pattern[head.Length..]))
            {
                return start;
            }
        }

        return -1;
    }

    private static bool StartsWith(in ReadOnlySequence<byte> sequence, SequencePosition next, ReadOnlySpan<byte> pattern)
    {
        while (sequence.TryGet(ref next, out var segment))
        {
            var span = segment.Span;
            if (span.Length >= pattern.Length)
            {
                return span.StartsWith(pattern);
            }

            if (!pattern.StartsWith(span))
            {
                return false;
            }

            pattern = pattern[span.Length..];
        }

        return false;
    }
}
