using System.Buffers;

namespace ActorSockets.Fuzz.Targets;

/// <summary>Readers and writers of frames.</summary>
/// <param name="name">The name of the corpus.</param>
/// <param name="framings">All that read the same bytes.</param>
/// <param name="words">What the bytes are made of.</param>
internal sealed class FramingTarget(string name, CheckedFraming[] framings, params byte[][] words) : FuzzTarget(name)
{
    private const int Ways = 3;
    private const int ShortEnoughForEachByte = 48;
    private const int MostWritten = 8;

    public override IReadOnlyList<byte[]> Words => words;

    protected override string Check(byte[] data, Random random) => string.Join(' ', framings.Select(framing => Check(framing, data, random)));

    private static string Check(CheckedFraming framing, byte[] data, Random random)
    {
        var whole = FrameStream.Read(framing, data, [], []);
        for (var way = 0; way < Ways; way++)
        {
            AssertSame(whole, FrameStream.Read(framing, data, Cuts.Random(random, data.Length), Cuts.Random(random, data.Length)));
        }

        if (data.Length <= ShortEnoughForEachByte)
        {
            var everywhere = Cuts.Everywhere(data.Length);
            AssertSame(whole, FrameStream.Read(framing, data, everywhere, everywhere));
        }

        Write(framing, data, random);
        foreach (var (start, length) in whole.Frames.Take(MostWritten))
        {
            Write(framing, data[start..(start + length)], random);
        }

        return whole.Describe();
    }

    private static void AssertSame(FrameStream expected, FrameStream actual)
    {
        Promise.Kept(expected.Frames.SequenceEqual(actual.Frames), "the same frames however they arrive");
        Promise.Same(expected.Failure, actual.Failure, "the same end however it arrives");
    }

    /// <summary>What is written is read back, or refused and nothing of it written.</summary>
    private static void Write(CheckedFraming framing, byte[] frame, Random random)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            if (random.Next(2) == 0)
            {
                framing.Writer.Write(output, frame);
            }
            else
            {
                framing.Writer.Write(output, Segment.Sequence(frame, 0, frame.Length, Cuts.Random(random, frame.Length)));
            }
        }
        catch (ArgumentException)
        {
            Promise.Kept(!framing.IsWritable(frame), "what can be read back is written");
            Promise.Same(0, output.WrittenCount, "of a frame that is refused nothing is written");
            return;
        }

        Promise.Kept(framing.IsWritable(frame), "what would be read otherwise is refused");
        if (frame.Length <= framing.Reader.MaxLength)
        {
            var stream = output.WrittenSpan.ToArray();
            var read = FrameStream.Read(framing, stream, [], Cuts.Random(random, stream.Length));
            Promise.Same(1, read.Frames.Count, "one frame is read where one was written");
            Promise.Same(stream.Length, read.Consumed, "all that was written is the frame's");
            Promise.Kept(stream.AsSpan(read.Frames[0].Start, read.Frames[0].Length).SequenceEqual(frame), "the frame is read as it was written");
        }
    }
}
