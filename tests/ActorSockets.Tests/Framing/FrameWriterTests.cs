using System.Buffers;
using System.Text;
using ActorSockets.Fuzz;

namespace ActorSockets.Tests.Framing;

public sealed class FrameWriterTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    [Theory]
    [InlineData("one")]
    [InlineData("")]
    [InlineData("o\rne")]
    public void A_line_gets_a_line_feed(string line)
    {
        Write(FrameWriter.Lines(), line);

        Assert.Equal(line + "\n", Written);
    }

    [Theory]
    [InlineData("o\nne", "line feed")]
    [InlineData("one\n", "line feed")]
    [InlineData("one\r", "carriage return")]
    public void A_line_that_would_be_read_otherwise_is_refused(string line, string why) => AssertRefused(FrameWriter.Lines(), line, why);

    [Theory]
    [InlineData("--", "one")]
    [InlineData("--", "")]
    [InlineData("aab", "a")]
    [InlineData("aba", "ba")]
    public void A_frame_gets_its_delimiter(string delimiter, string frame)
    {
        Write(Delimiter(delimiter), frame);

        Assert.Equal(frame + delimiter, Written);
    }

    [Theory]
    [InlineData("--", "one--two", "several")]
    [InlineData("-", "-", "several")]
    [InlineData("aa", "a", "shorter")]
    [InlineData("aaa", "baa", "shorter")]
    [InlineData("aba", "xab", "shorter")]
    [InlineData("--", "one-", "shorter")]
    public void A_frame_that_forms_the_delimiter_earlier_is_refused(string delimiter, string frame, string why) =>
        AssertRefused(Delimiter(delimiter), frame, why);

    [Theory]
    [MemberData(nameof(LengthPrefixes.Names), MemberType = typeof(LengthPrefixes))]
    public void A_frame_gets_its_length_as_the_name_of_the_prefix_says(string name)
    {
        Write(FrameWriter.LengthPrefix(LengthPrefixes.Of(name), 250), new string('x', 250));

        Assert.Equal(Encoding.Latin1.GetString(LengthPrefixes.Header(name, 250)) + new string('x', 250), Written);
    }

    [Theory]
    [InlineData("UInt8", 255)]
    [InlineData("UInt8 counting itself", 254)]
    [InlineData("UInt16BigEndian", 65_535)]
    [InlineData("UInt16BigEndian counting itself", 65_533)]
    public void A_frame_longer_than_its_prefix_can_say_is_refused(string name, int max)
    {
        var writer = FrameWriter.LengthPrefix(LengthPrefixes.Of(name), int.MaxValue);

        AssertRefused(writer, new string('x', max + 1), $"at most {max} fit");
        Write(writer, new string('x', max));
    }

    [Fact]
    public void A_frame_longer_than_the_limit_is_refused()
    {
        var writer = FrameWriter.LengthPrefix(LengthPrefix.Varint, 10);

        AssertRefused(writer, "0123456789a", "at most 10 are allowed");
        Write(writer, "0123456789");
    }

    [Fact]
    public void A_frame_of_fixed_size_is_written_as_it_is()
    {
        Write(FrameWriter.FixedSize(3), "abc");

        Assert.Equal("abc", Written);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("abcd")]
    public void A_frame_of_another_size_is_refused(string frame) => AssertRefused(FrameWriter.FixedSize(3), frame, "not 3");

    [Fact]
    public void A_frame_of_several_segments_is_written_whole()
    {
        FrameWriter.Lines().Write(_output, Segment.Sequence("hello"u8.ToArray(), 0, 5, [0, 1, 1, 4]));

        Assert.Equal("hello\n", Written);
    }

    [Fact]
    public void A_frame_of_several_segments_is_refused_whole()
    {
        Assert.Throws<ArgumentException>(() => FrameWriter.Lines().Write(_output, Segment.Sequence("hello\n"u8.ToArray(), 0, 6, [2, 5])));

        Assert.Equal("", Written);
    }

    [Fact]
    public void What_a_writer_is_made_of_makes_sense()
    {
        Assert.Throws<ArgumentException>(() => FrameWriter.Delimiter([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameWriter.LengthPrefix(LengthPrefix.UInt8, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameWriter.FixedSize(0));
    }

    private string Written => Encoding.Latin1.GetString(_output.WrittenSpan);

    private static FrameWriter Delimiter(string delimiter) => FrameWriter.Delimiter(Encoding.Latin1.GetBytes(delimiter));

    private void Write(FrameWriter writer, string frame) => writer.Write(_output, Encoding.Latin1.GetBytes(frame));

    private void AssertRefused(FrameWriter writer, string frame, string why)
    {
        var refusal = Assert.Throws<ArgumentException>(() => Write(writer, frame));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("", Written);
    }
}
