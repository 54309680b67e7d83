using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace ActorSockets;

/// <content>Reading, always with a bound, and with an end of the stream that cannot be overlooked.</content>
public sealed partial class Connection
{
    /// <summary>Reads what has arrived, at least one byte (<c>socket.recv</c>, <c>StreamReader.read</c>).</summary>
    /// <param name="destination">Where the bytes go; its length, not 0, is the most that is read.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The number of bytes; 0: the other side has finished sending.</returns>
    /// <exception cref="ArgumentException">The destination is empty.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("there must be room for a byte", nameof(destination));
        }

        var read = await ReadSomeAsync(destination, cancellationToken).ConfigureAwait(false);
        FrameEnded();
        return read;
    }

    /// <summary>Reads exactly so many bytes (<c>StreamReader.readexactly</c>). Nothing is allocated for them before they have arrived.</summary>
    /// <param name="count">How many, 0 or more.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing is lost.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="IncompleteReadException">The stream ended before; the exception has what came.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<byte[]> ReadExactlyAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
        {
            return [];
        }

        var piece = await ReadPieceAsync(FrameReader.FixedSize(count), cancellationToken).ConfigureAwait(false);
        return piece.IsComplete ? piece.Bytes : throw new IncompleteReadException(piece.Bytes, count);
    }

    /// <summary>Fills a buffer (<c>StreamReader.readexactly</c>).</summary>
    /// <param name="destination">Is filled completely.</param>
    /// <param name="cancellationToken">Gives up waiting; what had come is consumed and lost.</param>
    /// <exception cref="IncompleteReadException">The stream ended before; the exception has what came.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask ReadExactlyAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        try
        {
            for (var filled = 0; filled < destination.Length; FrameBegun())
            {
                var read = await ReadSomeAsync(destination[filled..], cancellationToken).ConfigureAwait(false);
                filled += read > 0 ? read : throw new IncompleteReadException(destination[..filled].ToArray(), destination.Length);
            }
        }
        finally
        {
            FrameEnded();
        }
    }

    /// <summary>Reads to the end of the stream (<c>StreamReader.read(-1)</c>), with the bound that asyncio lacks.</summary>
    /// <param name="maxLength">The most bytes that may come.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing is lost.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    /// <exception cref="FrameTooLargeException">More came; nothing was consumed.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<byte[]> ReadToEndAsync(int maxLength, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        var input = HandlerInput;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await ReadAsync(input, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not InvalidOperationException)
            {
                input.LookAgain();
                throw;
            }

            var buffer = result.Buffer;
            if (buffer.Length > maxLength)
            {
                var tooLarge = new FrameTooLargeException(maxLength, buffer);
                input.AdvanceTo(buffer.Start);
                throw tooLarge;
            }

            if (result.IsCompleted)
            {
                var bytes = buffer.ToArray();
                input.AdvanceTo(buffer.End);
                return bytes;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads one line (<c>rfile.readline</c>), bounded. LF ends a line; a CR before it is removed.</summary>
    /// <param name="maxLength">The most bytes that a line may have without its end. Default null: <c>max-frame</c> (<see cref="SocketServerOptions.MaxFrame"/>), as it is at the beginning of the read.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing is lost.</param>
    /// <returns>The line; null at the end of the stream. Bytes before the end of the stream that no LF ended are a line with <see cref="Line.IsComplete"/> false.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="FrameTooLargeException">No line end came in time; nothing was consumed.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    public async ValueTask<Line?> ReadLineAsync(int? maxLength = null, CancellationToken cancellationToken = default)
    {
        var piece = await ReadPieceAsync(FrameReader.Lines(maxLength), cancellationToken).ConfigureAwait(false);
        return piece.IsEndOfStream ? null : new Line(piece.Bytes, piece.IsComplete);
    }

    /// <summary>Reads line after line until the end of the stream, each as <see cref="ReadLineAsync"/> does.</summary>
    /// <param name="maxLength">The most bytes that a line may have without its end. Default null: <c>max-frame</c>, as it is at the beginning of each line's read.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="FrameTooLargeException">No line end came in time.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    public async IAsyncEnumerable<Line> ReadLinesAsync(
        int? maxLength = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadLineAsync(maxLength, cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Reads up to a delimiter (<c>StreamReader.readuntil</c>), which is consumed and, other than in asyncio, not part of the result.</summary>
    /// <param name="delimiter">The bytes, at least one.</param>
    /// <param name="maxLength">The most bytes that may come before it. Default null: <c>max-frame</c> (<see cref="SocketServerOptions.MaxFrame"/>), as it is at the beginning of the read.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing is lost.</param>
    /// <returns>The bytes before the delimiter; null at the end of the stream.</returns>
    /// <exception cref="ArgumentException">The delimiter is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="FrameTooLargeException">No delimiter came in time; nothing was consumed (<c>asyncio.LimitOverrunError</c>).</exception>
    /// <exception cref="IncompleteReadException">The stream ended before the delimiter; the exception has what came.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask<byte[]?> ReadUntilAsync(ReadOnlyMemory<byte> delimiter, int? maxLength = null, CancellationToken cancellationToken = default) =>
        ReadFrameAsync(FrameReader.Delimiter(delimiter.Span, maxLength ?? Context.Options.MaxFrame), cancellationToken);

    /// <summary>Reads one frame with its length in front.</summary>
    /// <param name="prefix">How the length is written.</param>
    /// <param name="maxLength">The most bytes that a frame may have; one that announces more is refused when its prefix has arrived.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing is lost.</param>
    /// <returns>The frame; null at the end of the stream.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="FrameTooLargeException">The frame is too long; nothing was consumed.</exception>
    /// <exception cref="MalformedFrameException">The prefix cannot be right; nothing was consumed.</exception>
    /// <exception cref="IncompleteReadException">The stream ended within the frame; the exception has what came.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask<byte[]?> ReadFrameAsync(LengthPrefix prefix, int maxLength, CancellationToken cancellationToken = default) =>
        ReadFrameAsync(FrameReader.LengthPrefix(prefix, maxLength), cancellationToken);

    /// <summary>Reads one frame.</summary>
    /// <param name="frames">How frames are told apart.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing is lost.</param>
    /// <returns>The frame; null at the end of the stream.</returns>
    /// <exception cref="FrameTooLargeException">The frame is too long; nothing was consumed.</exception>
    /// <exception cref="MalformedFrameException">The frame cannot be right; nothing was consumed.</exception>
    /// <exception cref="IncompleteReadException">The stream ended within the frame; the exception has what came.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<byte[]?> ReadFrameAsync(FrameReader frames, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var piece = await ReadPieceAsync(frames, cancellationToken).ConfigureAwait(false);
        return piece.IsEndOfStream ? null
            : piece.IsComplete ? piece.Bytes
            : throw new IncompleteReadException(piece.Bytes);
    }

    /// <summary>Reads frame after frame until the end of the stream, each as <see cref="ReadFrameAsync(FrameReader, CancellationToken)"/> does.</summary>
    /// <param name="frames">How frames are told apart.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ProtocolException">A frame is too long, malformed or incomplete.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    public async IAsyncEnumerable<byte[]> ReadFramesAsync(FrameReader frames, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadFrameAsync(frames, cancellationToken).ConfigureAwait(false) is { } frame)
        {
            yield return frame;
        }
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var input = Input;
        var result = await ReadAsync(input, cancellationToken).ConfigureAwait(false);
        var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, destination.Length));
        piece.CopyTo(destination.Span);
        input.AdvanceTo(piece.End);
        return (int)piece.Length;
    }

    private async ValueTask<Piece> ReadPieceAsync(FrameReader frames, CancellationToken cancellationToken)
    {
        var input = HandlerInput;
        frames = Context.Bounded(frames);
        long examined = 0;
        try
        {
            while (true)
            {
                var result = await ReadAsync(input, cancellationToken).ConfigureAwait(false);
                if (TryTake(input, result, frames, ref examined, out var piece))
                {
                    FrameEnded();
                    return piece;
                }
            }
        }
        catch (Exception exception) when (exception is not InvalidOperationException)
        {
            // The frame goes on, whoever reads on.
            input.LookAgain();
            throw;
        }
    }

    private bool TryTake(PipeReader input, in ReadResult result, FrameReader frames, ref long examined, out Piece piece)
    {
        var buffer = result.Buffer;
        var (consumed, seen) = (buffer.Start, buffer.Start);
        try
        {
            if (frames.TryRead(buffer, ref examined, out var frame, out var end))
            {
                piece = new Piece(frame.ToArray(), IsComplete: true);
                (consumed, seen) = (end, end);
                return true;
            }

            seen = buffer.End;
            if (result.IsCompleted)
            {
                piece = new Piece(buffer.ToArray(), IsComplete: false);
                consumed = buffer.End;
                return true;
            }

            piece = default;
            if (!buffer.IsEmpty)
            {
                FrameBegun();
            }

            return false;
        }
        finally
        {
            input.AdvanceTo(consumed, seen);
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (result.IsCanceled)
        {
            input.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("the pending read was cancelled");
        }

        return result;
    }

    /// <summary>A frame, or what was left of the stream.</summary>
    private readonly record struct Piece(byte[] Bytes, bool IsComplete)
    {
        public bool IsEndOfStream => !IsComplete && Bytes.Length == 0;
    }
}
