using System.Text;

namespace ActorSockets.Tests.Framing;

public sealed class LengthPrefixReaderTests
{
    [Theory]
    [InlineData("\u0003abc\u0000\u0002de", "abc", "", "de")]
    [InlineData("|\u0003|a||bc|\u0000|\u0002|d", "abc", "")]
    public void A_frame_is_there_when_its_last_byte_is(string stream, params string[] frames) =>
        Assert.Equal(frames, Reading.Of(FrameReader.LengthPrefix(LengthPrefix.UInt8, 10), stream).Frames);

    [Theory]
    [MemberData(nameof(LengthPrefixes.Names), MemberType = typeof(LengthPrefixes))]
    public void A_prefix_is_read_as_its_name_says(string name)
    {
        var reader = FrameReader.LengthPrefix(LengthPrefixes.Of(name), 250);
        byte[] stream = [.. LengthPrefixes.Header(name, 250), .. new byte[250], .. LengthPrefixes.Header(name, 0), .. LengthPrefixes.Header(name, 1), (byte)'x'];

        Assert.Equal([new string('\0', 250), "", "x"], Reading.OfWhole(reader, stream).Frames);
    }

    [Theory]
    [MemberData(nameof(LengthPrefixes.Names), MemberType = typeof(LengthPrefixes))]
    public void A_greater_length_than_the_limit_is_refused_before_the_frame_arrives(string name)
    {
        var reader = FrameReader.LengthPrefix(LengthPrefixes.Of(name), 100);

        foreach (var length in new ulong[] { 101, 0x80, LengthPrefixes.Max(name) / 2 + 1, LengthPrefixes.Max(name) - 1, LengthPrefixes.Max(name) })
        {
            var reading = Reading.OfWhole(reader, LengthPrefixes.Header(name, length));
            Assert.Equal(typeof(FrameTooLargeException), reading.Failure);
            Assert.Equal(0, reading.Consumed);
        }
    }

    [Theory]
    [InlineData("UInt8 counting itself", "\u0000")]
    [InlineData("UInt16BigEndian counting itself", "\u0000|\u0001")]
    [InlineData("UInt32LittleEndian counting itself", "\u0003\u0000|\u0000\u0000")]
    [InlineData("UInt64BigEndian counting itself", "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0007")]
    public void A_length_that_counts_itself_is_not_smaller_than_its_prefix(string name, string stream)
    {
        var reading = Reading.Of(FrameReader.LengthPrefix(LengthPrefixes.Of(name), 10), stream + "rest");

        Assert.Equal(typeof(MalformedFrameException), reading.Failure);
        Assert.Equal(0, reading.Consumed);
    }

    [Theory]
    [InlineData("\u0001a", "a")]
    [InlineData("\u0081\u0000a", "a")]
    [InlineData("\u0081|\u0080|\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0000a", "a")]
    [InlineData("\u0080\u0000", "")]
    public void A_varint_may_be_longer_than_it_needs_to_be(string stream, string frame) =>
        Assert.Equal([frame], Reading.Of(FrameReader.LengthPrefix(LengthPrefix.Varint, 10), stream).Frames);

    [Theory]
    [InlineData("\u0002", typeof(MalformedFrameException))]
    [InlineData("\u0081", typeof(MalformedFrameException))]
    [InlineData("\u0080", typeof(MalformedFrameException))]
    [InlineData("\u00ff|\u0001", typeof(MalformedFrameException))]
    [InlineData("\u0001", typeof(FrameTooLargeException))]
    public void A_varint_has_no_more_than_64_bits_and_10_bytes(string tenth, Type failure)
    {
        var nine = string.Concat(Enumerable.Repeat("\u00ff", 9));

        Assert.Equal(failure, Reading.Of(FrameReader.LengthPrefix(LengthPrefix.Varint, int.MaxValue), $"{nine}|{tenth}").Failure);
    }

    [Fact]
    public void The_refusals_say_the_length_and_the_limit()
    {
        long examined = 0;
        var tooLarge = Assert.Throws<FrameTooLargeException>(() => FrameReader.LengthPrefix(LengthPrefix.UInt64BigEndian, 100)
            .TryRead(new([0x80, 0, 0, 0, 0, 0, 0, 0]), ref examined, out _, out _));
        Assert.Equal("a frame of 9223372036854775808 bytes was announced; at most 100 are allowed", tooLarge.Message);
        Assert.Equal(100, tooLarge.Limit);

        var malformed = Assert.Throws<MalformedFrameException>(() => FrameReader.LengthPrefix(LengthPrefix.UInt16BigEndian.CountingItself(), 100)
            .TryRead(new([0, 1, .. Encoding.ASCII.GetBytes("\e[31m")]), ref examined, out _, out _));
        Assert.Equal("""malformed frame: its length counts 1 bytes, fewer than its prefix has; it begins with "\x00\x01\x1b[31m" """.TrimEnd(), malformed.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_is_positive(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameReader.LengthPrefix(LengthPrefix.UInt8, limit));
}
