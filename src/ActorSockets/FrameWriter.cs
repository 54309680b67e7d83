using System.Buffers;
using ActorSockets.Framing;

namespace ActorSockets;

/// <summary>
/// Writes frames so that the <see cref="FrameReader"/> of the same name reads them back, and refuses those that it
/// would read otherwise. It keeps nothing between calls: one writer serves any number of connections at a time.
/// </summary>
public abstract class FrameWriter
{
    /// <summary>Lines that end with LF. For CR LF, use <see cref="Delimiter"/>; <see cref="FrameReader.Lines"/> reads both.</summary>
    public static FrameWriter Lines() => new LineWriter();

    /// <summary>Frames that each end with the same bytes.</summary>
    /// <param name="delimiter">The bytes, at least one.</param>
    /// <exception cref="ArgumentException">The delimiter is empty.</exception>
    public static FrameWriter Delimiter(ReadOnlySpan<byte> delimiter) => new DelimiterWriter(delimiter);

    /// <summary>Frames with their length in front.</summary>
    /// <param name="prefix">How the length is written.</param>
    /// <param name="maxLength">The most bytes that a frame may have without its prefix.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public static FrameWriter LengthPrefix(LengthPrefix prefix, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new LengthPrefixWriter(prefix, maxLength);
    }

    /// <summary>Frames that all have the same size.</summary>
    /// <param name="size">The size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public static FrameWriter FixedSize(int size) => new FixedSizeWriter(size);

    /// <summary>Writes one frame and what delimits it.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="frame">The frame's bytes, any number that the framing allows.</param>
    /// <exception cref="ArgumentException">A reader could not read this frame back; the message says why. Nothing was written.</exception>
    public abstract void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> frame);

    /// <summary>Writes one frame and what delimits it. One of several segments is made whole in pooled memory first.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="frame">The frame's bytes, any number that the framing allows.</param>
    /// <exception cref="ArgumentException">A reader could not read this frame back; the message says why. Nothing was written.</exception>
    public virtual void Write(IBufferWriter<byte> output, in ReadOnlySequence<byte> frame)
    {
        if (frame.IsSingleSegment)
        {
            Write(output, frame.FirstSpan);
            return;
        }

        if (frame.Length > Array.MaxLength)
        {
            throw new ArgumentException($"a frame of {frame.Length} bytes; at most {Array.MaxLength} can be written", nameof(frame));
        }

        var length = (int)frame.Length;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            frame.CopyTo(whole);
            Write(output, whole.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
