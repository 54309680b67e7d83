namespace ActorSockets.Fuzz.Targets;

/// <summary>Frames of one size.</summary>
internal sealed class FixedSizeFraming(int size) : CheckedFraming(FrameReader.FixedSize(size), FrameWriter.FixedSize(size))
{
    public override Expected Expect(ReadOnlySpan<byte> input) =>
        input.Length < MaxLength ? Expected.Incomplete : Expected.Frame(0, MaxLength, MaxLength);

    public override bool IsWritable(ReadOnlySpan<byte> frame) => frame.Length == MaxLength;
}
