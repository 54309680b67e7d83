namespace ActorSockets.Fuzz.Targets;

/// <summary>Frames that end with a delimiter.</summary>
internal sealed class DelimiterFraming(byte[] delimiter, int maxLength)
    : CheckedFraming(FrameReader.Delimiter(delimiter, maxLength), FrameWriter.Delimiter(delimiter))
{
    public override Expected Expect(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf(delimiter);
        return end >= 0 && end <= MaxLength ? Expected.Frame(0, end, end + delimiter.Length)
            : input.Length >= (long)MaxLength + delimiter.Length ? Expected.TooLarge
            : Expected.Incomplete;
    }

    public override bool IsWritable(ReadOnlySpan<byte> frame)
    {
        byte[] whole = [.. frame, .. delimiter];
        return whole.AsSpan().IndexOf(delimiter) == frame.Length;
    }
}
