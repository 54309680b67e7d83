using System.Buffers;
using System.Globalization;

namespace ActorSockets.Fuzz.Targets;

/// <summary>What comes of reading all frames of a stream.</summary>
/// <param name="Frames">Where they lie in the stream.</param>
/// <param name="Consumed">How much of the stream they take.</param>
/// <param name="Failure">The exception that ended it; null: all that arrived was read.</param>
internal sealed record FrameStream(IReadOnlyList<(int Start, int Length)> Frames, int Consumed, Type? Failure)
{
    /// <summary>Reads a stream as a connection does, and compares each answer with what it must be.</summary>
    /// <param name="framing">What reads.</param>
    /// <param name="stream">All bytes.</param>
    /// <param name="arrivals">The offsets up to which the stream has arrived before the reader is called.</param>
    /// <param name="cuts">The offsets where a segment ends.</param>
    public static FrameStream Read(CheckedFraming framing, byte[] stream, int[] arrivals, int[] cuts)
    {
        var frames = new List<(int, int)>();
        var start = 0;
        long examined = 0;
        foreach (var arrived in arrivals.Append(stream.Length))
        {
            while (true)
            {
                var expected = framing.Expect(stream.AsSpan(start, arrived - start));
                var input = Segment.Sequence(stream, start, arrived, cuts);
                if (Fails(framing.Reader, input, ref examined, expected))
                {
                    return new FrameStream(frames, start, expected.Failure);
                }

                if (!expected.IsFrame)
                {
                    break;
                }

                frames.Add((start + expected.Start, expected.Length));
                start += expected.Consumed;
            }
        }

        return new FrameStream(frames, start, null);
    }

    /// <summary>Roughly: how many frames, how the stream ends.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{int.Log2(Frames.Count + 1)}/{int.Log2(Consumed + 1)}/{int.Log2(Frames.Sum(frame => frame.Length) + 1)}/{Failure?.Name[..5]}");

    private static bool Fails(FrameReader reader, in ReadOnlySequence<byte> input, ref long examined, Expected expected)
    {
        var before = examined;
        bool found;
        ReadOnlySequence<byte> frame;
        SequencePosition consumed;
        try
        {
            found = reader.TryRead(input, ref examined, out frame, out consumed);
        }
        catch (ProtocolException failure)
        {
            Promise.Same(expected.Failure, failure.GetType(), "it fails where it must");
            Promise.Kept(failure.Message.All(character => character is >= ' ' and <= '~' or '…'), "a message shows nothing of the other side as it is");
            Promise.Same(reader.MaxLength, (failure as FrameTooLargeException)?.Limit ?? reader.MaxLength, "the limit is told");
            return true;
        }

        Promise.Same(expected.Failure, null, "it fails where it must");
        Promise.Same(expected.IsFrame, found, "a frame is there when its last byte is");
        Promise.Same(expected.Consumed, input.Slice(input.Start, consumed).Length, "what is consumed is the frame and what delimits it");
        if (found)
        {
            Promise.Same(0, examined, "the next frame is examined from its start");
            Promise.Kept(frame.Length <= reader.MaxLength, "no frame is longer than the limit");
            Promise.Kept(frame.ToArray().AsSpan().SequenceEqual(input.Slice(expected.Start, expected.Length).ToArray()), "a frame is what stands in the stream");
        }
        else
        {
            Promise.Kept(frame.IsEmpty, "without a frame it is empty");
            Promise.Kept(examined >= before && examined <= input.Length, "what was examined grows, and is within the input");
            var again = examined;
            Promise.Kept(!reader.TryRead(input, ref again, out _, out _) && again == examined, "only more input changes the answer");
        }

        return false;
    }
}
