using System.Buffers;
using System.Text;
using ActorSockets.Fuzz;
using CsCheck;

namespace ActorSockets.Tests.Framing;

public sealed class ReaderCostTests
{
    [Theory]
    [InlineData("lines", "hello", 5)]
    [InlineData("lines", "hello\r", 5)]
    [InlineData("delimiter ;", "hello", 5)]
    [InlineData("delimiter aab", "hello", 3)]
    [InlineData("delimiter aab", "a", 0)]
    [InlineData("fixed size", "he", 2)]
    public void All_that_cannot_be_the_start_of_a_frames_end_counts_as_examined(string framing, string begun, long expected)
    {
        long examined = 0;

        Assert.False(Framings.Reader(framing).TryRead(new(Encoding.Latin1.GetBytes(begun)), ref examined, out _, out _));

        Assert.Equal(expected, examined);
    }

    [Theory]
    [InlineData("lines", "\n")]
    [InlineData("short lines", "\n")]
    [InlineData("delimiter ;", ";")]
    [InlineData("delimiter aab", "aab")]
    [InlineData("delimiter abab", "abab")]
    [InlineData("delimiter aaa, short frames", "aaa")]
    public void What_was_examined_is_not_searched_again(string framing, string delimiter)
    {
        var reader = Framings.Reader(framing);
        var begunStreams =
            from stream in Framings.Streams(framing)
            from arrived in Gen.Int[0, stream.Length]
            from cuts in Framings.Offsets(stream.Length)
            select (stream, arrived, cuts);

        begunStreams.Sample((stream, arrived, cuts) =>
        {
            long examined = 0;
            Outcome(reader, Segment.Sequence(stream, 0, arrived, cuts), ref examined);
            var changed = stream.Select((value, offset) => offset < examined ? (byte)delimiter[offset % delimiter.Length] : value).ToArray();
            var examinedOfChanged = examined;

            Assert.Equal(
                Outcome(reader, Segment.Sequence(stream, 0, stream.Length, cuts), ref examined),
                Outcome(reader, Segment.Sequence(changed, 0, changed.Length, cuts), ref examinedOfChanged));
            Assert.Equal(examined, examinedOfChanged);
        }, iter: 3000);
    }

    [Theory]
    [MemberData(nameof(LengthPrefixes.Names), MemberType = typeof(LengthPrefixes))]
    public void An_announced_length_allocates_nothing(string prefix)
    {
        var announced = Math.Min(1UL << 30, LengthPrefixes.Max(prefix));
        var reader = FrameReader.LengthPrefix(LengthPrefixes.Of(prefix), int.MaxValue);
        byte[] stream = [.. LengthPrefixes.Header(prefix, announced), 1, 2, 3];

        AssertAllocatesNothing(reader, new ReadOnlySequence<byte>(stream), found: false);
        AssertAllocatesNothing(reader, Segment.Sequence(stream, 0, stream.Length, [0, 1, 1, 3]), found: false);
    }

    [Theory]
    [InlineData("lines", "hello\r\n")]
    [InlineData("delimiter abab", "aababab")]
    [InlineData("fixed size", "abc")]
    [InlineData("8-bit length", "\u0003abc")]
    [InlineData("varint length", "\u0083\u0000abc")]
    public void A_frame_is_read_without_an_allocation(string framing, string stream)
    {
        var bytes = Encoding.Latin1.GetBytes(stream);

        AssertAllocatesNothing(Framings.Reader(framing), new ReadOnlySequence<byte>(bytes), found: true);
        AssertAllocatesNothing(Framings.Reader(framing), Segment.Sequence(bytes, 0, bytes.Length, [0, 1, 2, 2]), found: true);
    }

    private static void AssertAllocatesNothing(FrameReader reader, in ReadOnlySequence<byte> input, bool found)
    {
        long examined = 0;

        // The first call may compile and initialise.
        Assert.Equal(found, reader.TryRead(input, ref examined, out _, out _));
        examined = 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        reader.TryRead(input, ref examined, out _, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static (Type? Failure, bool Found, long Length, long Consumed) Outcome(FrameReader reader, in ReadOnlySequence<byte> input, ref long examined)
    {
        try
        {
            var found = reader.TryRead(input, ref examined, out var frame, out var consumed);
            return (null, found, frame.Length, input.Slice(input.Start, consumed).Length);
        }
        catch (ProtocolException failure)
        {
            return (failure.GetType(), false, 0, 0);
        }
    }
}
