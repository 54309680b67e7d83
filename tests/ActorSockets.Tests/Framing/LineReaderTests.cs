using System.Buffers;

namespace ActorSockets.Tests.Framing;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("one\ntwo\n", "one", "two")]
    [InlineData("one\r\ntwo\r\n", "one", "two")]
    [InlineData("on|e|\r|\n|two\n|", "one", "two")]
    [InlineData("\n\r\n|\n", "", "", "")]
    [InlineData("one\r\r\n", "one\r")]
    [InlineData("o\rne\n", "o\rne")]
    [InlineData("\rone\n", "\rone")]
    [InlineData("one\n\rtwo\n", "one", "\rtwo")]
    public void LF_ends_a_line_and_one_CR_right_before_it_is_removed(string stream, params string[] lines) =>
        Assert.Equal(lines, Reading.Of(FrameReader.Lines(), stream).Frames);

    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("one\r")]
    [InlineData("|")]
    public void Without_LF_there_is_no_line(string stream)
    {
        var reading = Reading.Of(FrameReader.Lines(), stream);

        Assert.Empty(reading.Frames);
        Assert.Equal(0, reading.Consumed);
        Assert.Null(reading.Failure);
    }

    [Theory]
    [InlineData("0123456789\n")]
    [InlineData("0123456789\r\n")]
    [InlineData("0123456789|\r|\n")]
    public void A_line_may_be_as_long_as_the_limit_without_its_end(string stream) =>
        Assert.Equal(["0123456789"], Reading.Of(FrameReader.Lines(10), stream).Frames);

    [Theory]
    [InlineData("0123456789a")]
    [InlineData("0123456789a\n")]
    [InlineData("0123456789a\r\n")]
    [InlineData("0123456789\r\r\n")]
    [InlineData("0123456789\r|x")]
    [InlineData("01234|56789|a")]
    public void A_longer_line_is_refused_and_stays_unread(string stream)
    {
        var reading = Reading.Of(FrameReader.Lines(10), "short\n" + stream);

        Assert.Equal(["short"], reading.Frames);
        Assert.Equal("short\n".Length, reading.Consumed);
        Assert.Equal(typeof(FrameTooLargeException), reading.Failure);
    }

    [Fact]
    public void The_limit_is_65_536_bytes_unless_told_otherwise() => Assert.Equal(65_536, FrameReader.Lines().MaxLength);

    [Fact]
    public void A_line_is_a_slice_of_the_input()
    {
        var bytes = "hello\n"u8.ToArray();
        long examined = 0;
        FrameReader.Lines().TryRead(new ReadOnlySequence<byte>(bytes), ref examined, out var line, out _);

        bytes[0] = (byte)'j';

        Assert.Equal("jello"u8, line.FirstSpan);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_is_positive(int limit) => Assert.Throws<ArgumentOutOfRangeException>(() => FrameReader.Lines(limit));
}
