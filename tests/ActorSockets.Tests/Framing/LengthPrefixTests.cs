namespace ActorSockets.Tests.Framing;

public sealed class LengthPrefixTests
{
    [Fact]
    public void A_length_counts_the_frame_alone_unless_told_otherwise()
    {
        Assert.False(LengthPrefix.UInt32BigEndian.CountsItself);
        Assert.True(LengthPrefix.UInt32BigEndian.CountingItself().CountsItself);
    }

    [Fact]
    public void A_varint_cannot_count_itself() => Assert.Throws<InvalidOperationException>(LengthPrefix.Varint.CountingItself);

    [Fact]
    public void Two_are_equal_when_they_are_written_alike()
    {
        Assert.Equal(LengthPrefix.UInt16BigEndian.CountingItself(), LengthPrefix.UInt16BigEndian.CountingItself());
        Assert.NotEqual(LengthPrefix.UInt16BigEndian, LengthPrefix.UInt16BigEndian.CountingItself());
        Assert.NotEqual(LengthPrefix.UInt16BigEndian, LengthPrefix.UInt16LittleEndian);
    }

    [Fact]
    public void A_prefix_says_in_plain_words_what_it_is()
    {
        Assert.Equal("8-bit length", $"{LengthPrefix.UInt8}");
        Assert.Equal("32-bit big-endian length", $"{LengthPrefix.UInt32BigEndian}");
        Assert.Equal("64-bit little-endian length, counting itself", $"{LengthPrefix.UInt64LittleEndian.CountingItself()}");
        Assert.Equal("varint length", $"{LengthPrefix.Varint}");
    }
}
