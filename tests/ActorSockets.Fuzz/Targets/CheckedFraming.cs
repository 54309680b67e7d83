namespace ActorSockets.Fuzz.Targets;

/// <summary>A reader and its writer, and what they must do, told another way: simply, and from all bytes in one piece.</summary>
internal abstract class CheckedFraming(FrameReader reader, FrameWriter writer)
{
    public FrameReader Reader => reader;

    public FrameWriter Writer => writer;

    protected int MaxLength => reader.MaxLength;

    /// <summary>What the reader must say of an input, whatever it has said before.</summary>
    public abstract Expected Expect(ReadOnlySpan<byte> input);

    /// <summary>False: the writer must refuse the frame.</summary>
    public abstract bool IsWritable(ReadOnlySpan<byte> frame);
}
