using System.Buffers;
using System.Text;
using CsCheck;

namespace ActorSockets.Tests.Framing;

public sealed class RoundTripTests
{
    private static readonly Gen<string> Frame = Gen.String[Gen.Char["ab\r\n"], 0, 8];

    [Fact]
    public void Lines_come_back_or_are_refused() => AssertExactlyMisreadFramesAreRefused(FrameWriter.Lines(), FrameReader.Lines(), "\n");

    [Theory]
    [InlineData("a")]
    [InlineData("\r\n")]
    [InlineData("aa")]
    [InlineData("aba")]
    [InlineData("abab")]
    [InlineData("aabaa")]
    public void Delimited_frames_come_back_or_are_refused(string delimiter)
    {
        var bytes = Encoding.Latin1.GetBytes(delimiter);

        AssertExactlyMisreadFramesAreRefused(FrameWriter.Delimiter(bytes), FrameReader.Delimiter(bytes, 1000), delimiter);
    }

    [Theory]
    [MemberData(nameof(LengthPrefixes.Names), MemberType = typeof(LengthPrefixes))]
    public void Frames_behind_their_length_come_back(string prefix)
    {
        var writer = FrameWriter.LengthPrefix(LengthPrefixes.Of(prefix), 250);
        var reader = FrameReader.LengthPrefix(LengthPrefixes.Of(prefix), 250);

        Gen.String[Gen.Char["\0a\u00ff"], 0, 250].Array[0, 10].Sample(frames =>
            Assert.Equal(frames, Reading.OfWhole(reader, Written(writer, frames)).Frames), iter: 500);
    }

    [Fact]
    public void Frames_of_fixed_size_come_back() =>
        Gen.String[Gen.Char["\0a\u00ff"], 5, 5].Array[0, 10].Sample(frames =>
            Assert.Equal(frames, Reading.OfWhole(FrameReader.FixedSize(5), Written(FrameWriter.FixedSize(5), frames)).Frames), iter: 500);

    /// <summary>A frame between others is refused when, written without a check, it is not read back as it was, and only then.</summary>
    private static void AssertExactlyMisreadFramesAreRefused(FrameWriter writer, FrameReader reader, string delimiter) =>
        Frame.Sample(frame =>
        {
            var raw = Reading.OfWhole(reader, Encoding.Latin1.GetBytes(frame + delimiter));
            if (raw.Frames is [var only] && only == frame)
            {
                Assert.Equal(["", frame, frame], Reading.OfWhole(reader, Written(writer, "", frame, frame)).Frames);
            }
            else
            {
                Assert.Throws<ArgumentException>(() => Written(writer, frame));
            }
        }, iter: 5000);

    private static byte[] Written(FrameWriter writer, params string[] frames)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var frame in frames)
        {
            writer.Write(output, Encoding.Latin1.GetBytes(frame));
        }

        return output.WrittenSpan.ToArray();
    }
}
