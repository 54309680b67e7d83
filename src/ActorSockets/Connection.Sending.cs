using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using ActorSockets.Connections;

namespace ActorSockets;

/// <content>Sending.</content>
public sealed partial class Connection
{
    private SemaphoreSlim? _sendTurn;

    // Made when it is needed: a connection actor does not send by it.
    private SemaphoreSlim Sending => LazyInitializer.EnsureInitialized(ref _sendTurn, static () => new SemaphoreSlim(1));

    /// <summary>
    /// Sends bytes (<c>socket.sendall</c>). It completes when all of them are on their way or in the output buffer and
    /// no more than <c>output.high-water</c> is unsent: awaiting it is the back-pressure. The memory is free for reuse afterwards.
    /// Several may send at a time: they go one after the other, each whole.
    /// </summary>
    /// <param name="data">The bytes, any number.</param>
    /// <param name="cancellationToken">Gives up waiting; what was written until then is sent.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        await Sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfClosed(await Output.WriteAsync(data, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            Sending.Release();
        }
    }

    /// <summary>Sends text as UTF-8; see <see cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="text">The text; no line end is added.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public ValueTask SendAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Sends bytes that lie in several pieces (<c>writelines</c>), as one; see <see cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="data">The bytes, any number.</param>
    /// <param name="cancellationToken">Gives up waiting; what was written until then is sent.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public async ValueTask SendAsync(ReadOnlySequence<byte> data, CancellationToken cancellationToken = default)
    {
        await Sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var piece in data)
            {
                ThrowIfClosed(await Output.WriteAsync(piece, cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            Sending.Release();
        }
    }

    /// <summary>Sends one frame so that a matching <see cref="FrameReader"/> reads it back; waits as <see cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/> does.</summary>
    /// <param name="frames">How frames are told apart.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="cancellationToken">Gives up waiting; the frame is sent all the same.</param>
    /// <exception cref="ArgumentException">A reader could not read it back; nothing was sent.</exception>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public async ValueTask SendFrameAsync(FrameWriter frames, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var framed = new ArrayBufferWriter<byte>(frame.Length + 16);
        frames.Write(framed, frame.Span);
        await Sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _transport.Output.Put(framed.WrittenSpan);
            ThrowIfClosed(await Output.FlushAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            Sending.Release();
        }
    }

    /// <summary>Sends a file, or the rest of any stream (<c>loop.sendfile</c>), in pieces, so that it is never in memory as a whole.</summary>
    /// <param name="source">Is read to its end, or for <paramref name="count"/> bytes.</param>
    /// <param name="count">The most bytes that are sent; null: all.</param>
    /// <param name="cancellationToken">Gives up; what was read until then is sent.</param>
    /// <returns>How many bytes were sent.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public async ValueTask<long> SendFileAsync(Stream source, long? count = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(count ?? 0, nameof(count));
        var left = count ?? long.MaxValue;
        await Sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        var piece = ArrayPool<byte>.Shared.Rent(OutputBuffer.Piece);
        try
        {
            while (left > 0)
            {
                var read = await source.ReadAsync(piece.AsMemory(0, (int)Math.Min(OutputBuffer.Piece, left)), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                _transport.Output.Put(piece.AsSpan(0, read));
                ThrowIfClosed(await Output.FlushAsync(cancellationToken).ConfigureAwait(false));
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
            Sending.Release();
        }

        return (count ?? long.MaxValue) - left;
    }

    /// <summary>Sends what was written to <see cref="Output"/>, and waits while more than <c>output.high-water</c> is unsent.</summary>
    /// <param name="cancellationToken">Gives up waiting; the bytes are sent all the same.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default) =>
        ThrowIfClosed(await FlushInTurnAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Sends what was written, then FIN (half-close): nothing more can be written, reading goes on.</summary>
    /// <param name="cancellationToken">Gives up waiting for the flush.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public async ValueTask CompleteOutputAsync(CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        _transport.CompleteOutput();
    }

    /// <summary>Sends what was written when whoever else is sending is done; a connection that has ended is no error here.</summary>
    internal async ValueTask<FlushResult> FlushInTurnAsync(CancellationToken cancellationToken = default)
    {
        await Sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Sending.Release();
        }
    }

    /// <summary>True when something was written that is not on its way.</summary>
    internal bool HasUnflushed => _transport.Output.UnflushedBytes > 0;

    /// <summary>Sends what the handler's turn wrote, without waiting for room.</summary>
    internal void FlushTurn() => _transport.Output.Flush();

    /// <summary>Sends what the handler's turn wrote until now, where that is much: so it is on its way, and does not count as waiting.</summary>
    internal void FlushIfMuch()
    {
        if (_transport.Output.UnflushedBytes >= OutputBuffer.Piece)
        {
            FlushTurn();
        }
    }

    private void ThrowIfClosed(FlushResult flushed)
    {
        if (flushed.IsCompleted && CloseReason is { } reason)
        {
            throw new ConnectionClosedException(Id, reason);
        }
    }
}
