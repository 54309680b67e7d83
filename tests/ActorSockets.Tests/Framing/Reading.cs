using System.Buffers;
using System.Text;
using ActorSockets.Fuzz;

namespace ActorSockets.Tests.Framing;

/// <summary>What a connection gets that reads all frames of a stream.</summary>
/// <param name="Frames">The frames as Latin-1.</param>
/// <param name="Consumed">How many bytes of the stream were consumed.</param>
/// <param name="Failure">The type of the exception that ended it; null: all that arrived was read.</param>
internal sealed record Reading(IReadOnlyList<string> Frames, int Consumed, Type? Failure)
{
    /// <summary>Reads a stream that arrives in pieces, each a segment of the input: | stands between two.</summary>
    public static Reading Of(FrameReader reader, string pieces)
    {
        var lengths = pieces.Split('|').Select(piece => piece.Length).ToArray();
        var ends = Enumerable.Range(1, lengths.Length).Select(count => lengths.Take(count).Sum()).ToArray();
        return Of(reader, Encoding.Latin1.GetBytes(pieces.Replace("|", "", StringComparison.Ordinal)), ends, ends);
    }

    /// <summary>Reads a stream that has arrived as a whole, in one segment.</summary>
    public static Reading OfWhole(FrameReader reader, byte[] stream) => Of(reader, stream, [], []);

    /// <summary>Reads a stream as a connection does, and checks what a reader promises for each call.</summary>
    /// <param name="reader">What reads.</param>
    /// <param name="stream">All bytes.</param>
    /// <param name="arrivals">The offsets, in rising order, up to which the stream has arrived before the reader is called.</param>
    /// <param name="cuts">The offsets, in rising order, where a segment ends.</param>
    public static Reading Of(FrameReader reader, byte[] stream, int[] arrivals, int[] cuts)
    {
        var frames = new List<string>();
        var start = 0;
        long examined = 0;
        foreach (var arrived in arrivals.Append(stream.Length))
        {
            try
            {
                while (TryRead(reader, Segment.Sequence(stream, start, arrived, cuts), ref examined, out var frame, out var consumed))
                {
                    frames.Add(frame);
                    start += consumed;
                }
            }
            catch (ProtocolException failure)
            {
                return new Reading(frames, start, failure.GetType());
            }
        }

        return new Reading(frames, start, null);
    }

    private static bool TryRead(FrameReader reader, in ReadOnlySequence<byte> input, ref long examined, out string frame, out int consumed)
    {
        var before = examined;
        var found = reader.TryRead(input, ref examined, out var bytes, out var end);
        frame = Encoding.Latin1.GetString(bytes);
        consumed = (int)input.Slice(input.Start, end).Length;
        Assert.InRange(bytes.Length, 0, reader.MaxLength);
        if (found)
        {
            Assert.Equal(0, examined);
            Assert.InRange(consumed, Math.Max(1, frame.Length), input.Length);
        }
        else
        {
            Assert.InRange(examined, before, input.Length);
            Assert.Equal(0, consumed);
            Assert.Equal("", frame);
        }

        return found;
    }
}
