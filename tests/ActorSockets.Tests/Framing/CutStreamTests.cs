using System.Text;
using CsCheck;

namespace ActorSockets.Tests.Framing;

public sealed class CutStreamTests
{
    [Theory]
    [MemberData(nameof(Framings.Names), MemberType = typeof(Framings))]
    public void A_stream_gives_the_same_frames_however_it_arrives_and_lies_in_memory(string framing)
    {
        var reader = Framings.Reader(framing);
        var cutStreams =
            from stream in Framings.Streams(framing)
            from arrivals in Framings.Offsets(stream.Length)
            from cuts in Framings.Offsets(stream.Length)
            select (stream, arrivals, cuts);

        cutStreams.Sample((stream, arrivals, cuts) =>
            AssertSame(Reading.OfWhole(reader, stream), Reading.Of(reader, stream, arrivals, cuts)), iter: 3000);
    }

    [Theory]
    [MemberData(nameof(Framings.Names), MemberType = typeof(Framings))]
    public void A_stream_gives_the_same_frames_byte_by_byte(string framing)
    {
        var reader = Framings.Reader(framing);

        Framings.Streams(framing).Sample(stream =>
        {
            var everywhere = Enumerable.Range(0, stream.Length + 1).ToArray();
            AssertSame(Reading.OfWhole(reader, stream), Reading.Of(reader, stream, everywhere, everywhere));
        }, iter: 500);
    }

    [Theory]
    [MemberData(nameof(Framings.Names), MemberType = typeof(Framings))]
    public void Bytes_without_sense_give_frames_or_a_protocol_exception_and_nothing_else(string framing)
    {
        var reader = Framings.Reader(framing);

        Gen.Select(Gen.Byte.Array[0, 200], Framings.Offsets(200)).Sample((stream, offsets) =>
        {
            Reading.Of(reader, stream, [.. offsets.Select(offset => Math.Min(offset, stream.Length))], offsets);
        }, iter: 2000);
    }

    [Fact]
    public void Lines_are_where_splitting_finds_them() =>
        Framings.Streams("lines").Sample(stream =>
        {
            var lines = Text(stream).Split('\n')[..^1].Select(line => line.EndsWith('\r') ? line[..^1] : line);
            Assert.Equal(lines, Reading.OfWhole(FrameReader.Lines(), stream).Frames);
        }, iter: 3000);

    [Theory]
    [InlineData("a")]
    [InlineData("aa")]
    [InlineData("aab")]
    [InlineData("abab")]
    public void Delimiters_are_where_splitting_finds_them(string delimiter) =>
        Framings.Streams("delimiter abab").Sample(stream =>
            Assert.Equal(
                Text(stream).Split(delimiter)[..^1],
                Reading.OfWhole(FrameReader.Delimiter(Encoding.Latin1.GetBytes(delimiter), 1000), stream).Frames), iter: 3000);

    [Theory]
    [MemberData(nameof(LengthPrefixes.Names), MemberType = typeof(LengthPrefixes))]
    public void A_length_over_the_limit_is_refused_with_the_last_byte_of_its_prefix_however_it_is_cut(string prefix)
    {
        const int Limit = 100;
        var reader = FrameReader.LengthPrefix(LengthPrefixes.Of(prefix), Limit);
        var headers =
            from length in Gen.ULong[Limit + 1, LengthPrefixes.Max(prefix)]
            let header = LengthPrefixes.Header(prefix, length)
            from arrivals in Framings.Offsets(header.Length - 1)
            from cuts in Framings.Offsets(header.Length)
            select (header, arrivals, cuts);

        headers.Sample((header, arrivals, cuts) =>
        {
            Assert.Null(Reading.Of(reader, header[..^1], arrivals, cuts).Failure);
            Assert.Equal(typeof(FrameTooLargeException), Reading.Of(reader, header, arrivals, cuts).Failure);
        }, iter: 2000);
    }

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static void AssertSame(Reading expected, Reading actual)
    {
        Assert.Equal(expected.Frames, actual.Frames);
        Assert.Equal(expected.Consumed, actual.Consumed);
        Assert.Equal(expected.Failure, actual.Failure);
    }
}
