namespace ActorSockets.Fuzz.Targets;

/// <summary>Lines.</summary>
internal sealed class LineFraming(int maxLength) : CheckedFraming(FrameReader.Lines(maxLength), FrameWriter.Lines())
{
    public override Expected Expect(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf((byte)'\n');
        var line = end < 0 ? input : input[..end];
        var length = line.EndsWith("\r"u8) ? line.Length - 1 : line.Length;
        return length > MaxLength ? Expected.TooLarge : end < 0 ? Expected.Incomplete : Expected.Frame(0, length, end + 1);
    }

    public override bool IsWritable(ReadOnlySpan<byte> frame) => !frame.Contains((byte)'\n') && !frame.EndsWith("\r"u8);
}
