using System.Text;

namespace ActorSockets.Tests.Framing;

public sealed class DelimiterReaderTests
{
    [Theory]
    [InlineData(";", "one;two;|three", "one", "two")]
    [InlineData("\0", "\0one\0", "", "one")]
    [InlineData("--", "one----two-|-", "one", "", "two")]
    [InlineData("aab", "aaab", "a")]
    [InlineData("aab", "a|a|a|b|", "a")]
    [InlineData("aab", "aa||ab", "a")]
    [InlineData("aab", "aab|ab|aab", "", "ab")]
    [InlineData("\r\n\r\n", "GET / HTTP/1.0\r\n|Host: here\r|\n\r|\nbody", "GET / HTTP/1.0\r\nHost: here")]
    public void A_frame_ends_where_the_delimiter_begins_first_however_it_is_cut(string delimiter, string stream, params string[] frames) =>
        Assert.Equal(frames, Reading.Of(Reader(delimiter), stream).Frames);

    [Theory]
    [InlineData("0123456789--")]
    [InlineData("01234|56789-|-")]
    public void A_frame_may_be_as_long_as_the_limit_without_its_delimiter(string stream) =>
        Assert.Equal(["0123456789"], Reading.Of(Reader("--", 10), stream).Frames);

    [Theory]
    [InlineData("0123456789a-")]
    [InlineData("0123456789a--")]
    [InlineData("0123456789-|a")]
    public void A_longer_frame_is_refused_and_stays_unread(string stream)
    {
        var reading = Reading.Of(Reader("--", 10), "short--" + stream);

        Assert.Equal(["short"], reading.Frames);
        Assert.Equal("short--".Length, reading.Consumed);
        Assert.Equal(typeof(FrameTooLargeException), reading.Failure);
    }

    [Fact]
    public void A_delimiter_has_at_least_one_byte() => Assert.Throws<ArgumentException>(() => Reader(""));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_is_positive(int limit) => Assert.Throws<ArgumentOutOfRangeException>(() => Reader("-", limit));

    private static FrameReader Reader(string delimiter, int maxLength = 1000) =>
        FrameReader.Delimiter(Encoding.Latin1.GetBytes(delimiter), maxLength);
}
