using System.Buffers;
using ActorSockets.Framing;

namespace ActorSockets;

/// <summary>
/// Finds frames in a stream of bytes. It knows nothing of connections and keeps nothing between calls, so that one reader
/// serves any number of connections at a time. Derive from it for framing of your own; yours must keep nothing either.
/// </summary>
public abstract class FrameReader
{
    /// <summary>The longest line that <see cref="Lines"/> accepts unless it is told otherwise, or a connection's server is by <c>max-frame</c>: 65,536 bytes.</summary>
    public const int DefaultMaxLineLength = 64 * 1024;

    /// <summary>Every reader is bounded.</summary>
    /// <param name="maxLength">The most bytes that a frame may have.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    protected FrameReader(int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        MaxLength = maxLength;
    }

    /// <summary>The most bytes that a frame may have, without what delimits it.</summary>
    public int MaxLength { get; }

    /// <summary>Lines: LF ends one, and a CR right before it is removed.</summary>
    /// <param name="maxLength">
    /// The most bytes that a line may have without its end. Default null: on a connection <c>max-frame</c> of its server
    /// (<see cref="SocketServerOptions.MaxFrame"/>), elsewhere <see cref="DefaultMaxLineLength"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public static FrameReader Lines(int? maxLength = null) => maxLength is { } most ? new LineReader(most) : LineReader.WithoutStatedLimit;

    /// <summary>Frames that each end with the same bytes, which are not part of the frame.</summary>
    /// <param name="delimiter">The bytes, at least one.</param>
    /// <param name="maxLength">The most bytes that a frame may have without the delimiter.</param>
    /// <exception cref="ArgumentException">The delimiter is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public static FrameReader Delimiter(ReadOnlySpan<byte> delimiter, int maxLength) => new DelimiterReader(delimiter, maxLength);

    /// <summary>Frames with their length in front, which is not part of the frame.</summary>
    /// <param name="prefix">How the length is written.</param>
    /// <param name="maxLength">The most bytes that a frame may have without its prefix. More is refused when the prefix has arrived.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public static FrameReader LengthPrefix(LengthPrefix prefix, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new LengthPrefixReader(prefix, maxLength);
    }

    /// <summary>Frames that all have the same size.</summary>
    /// <param name="size">The size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public static FrameReader FixedSize(int size) => new FixedSizeReader(size);

    /// <summary>Reads the first frame of the input.</summary>
    /// <param name="input">What has arrived and was not consumed.</param>
    /// <param name="examined">
    /// How many bytes at the start of the input need no second look: 0 for a new frame, and what the call before set when
    /// it found no frame in an input that has grown since. A frame sets it to 0 again. It tells the reader where to go on
    /// and is no measure of what to wait for: after false, only more input can change the answer.
    /// </param>
    /// <param name="frame">The frame, a slice of the input; empty when there is none.</param>
    /// <param name="consumed">Where the frame and all that belongs to it ends; the input's start when there is none.</param>
    /// <returns>True: a frame. False: its end has not arrived.</returns>
    /// <exception cref="FrameTooLargeException">The frame is longer than <see cref="MaxLength"/>. Nothing is consumed.</exception>
    /// <exception cref="MalformedFrameException">The frame cannot be right. Nothing is consumed.</exception>
    public abstract bool TryRead(
        in ReadOnlySequence<byte> input, ref long examined, out ReadOnlySequence<byte> frame, out SequencePosition consumed);
}
