namespace ActorSockets.Tests.Framing;

public sealed class FixedSizeReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("abc", "abc")]
    [InlineData("a|b||c|d", "abc")]
    [InlineData("abcde|f", "abc", "def")]
    public void A_frame_is_there_when_its_last_byte_is(string stream, params string[] frames)
    {
        var reading = Reading.Of(FrameReader.FixedSize(3), stream);

        Assert.Equal(frames, reading.Frames);
        Assert.Equal(3 * frames.Length, reading.Consumed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_size_is_positive(int size) => Assert.Throws<ArgumentOutOfRangeException>(() => FrameReader.FixedSize(size));
}
