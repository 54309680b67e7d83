using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using ActorSockets.Connections;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets;

/// <summary>
/// One accepted connection: <c>request</c> and <c>client_address</c> of <c>socketserver</c>, reader and writer of
/// asyncio. Reads are for one reader at a time and writes for one writer at a time; a
/// <see cref="ConnectionActor"/> is given its input by <see cref="ConnectionActor.OnReceived"/> and does not read here.
/// </summary>
public sealed class Connection : Peer, ITransportOwner
{
    /// <summary>The longest line that <see cref="ReadLineAsync"/> accepts unless told otherwise: 65,536 bytes.</summary>
    public const int DefaultMaxLineLength = 64 * 1024;

    private readonly Transport _transport;
    private readonly SemaphoreSlim _sending = new(1);
    private InputReader _input;
    private IActorRef _supervisor = ActorRefs.Nobody;
    private volatile bool _peerCompleted;
    private volatile bool _closeRequested;

    internal Connection(ServerContext server, string id, Endpoint endpoint, Transport transport)
        : base(server, id, endpoint, transport.LocalEndPoint, transport.RemoteEndPoint)
    {
        _transport = transport;
        _input = new InputReader(transport.Input, Task.CompletedTask);
        transport.Attach(this);
    }

    /// <summary>
    /// What arrives (<c>socketserver.StreamRequestHandler.rfile</c>). About the input window is read ahead; more is left
    /// to the network until this is consumed. What you examine without consuming it is kept, so bound it. Completed by the other side's FIN; a reset makes reads throw
    /// <see cref="ConnectionClosedException"/>.
    /// </summary>
    public PipeReader Input => HandlerCall.Current is { Input: { } input } call && call.Peer == this ? input : _input;

    /// <summary>
    /// What is to be sent (<c>socketserver.StreamRequestHandler.wfile</c>), on its way after a flush. A flush waits while
    /// more than <c>output.high-water</c> is unsent; that wait is the back-pressure.
    /// </summary>
    public PipeWriter Output => _transport.Output;

    /// <summary>Bytes written that the kernel has not taken yet.</summary>
    public long Unsent => _transport.Output.Unsent;

    /// <summary>Bytes that have arrived so far.</summary>
    public long BytesReceived => _transport.BytesReceived;

    /// <summary>Bytes that were sent so far.</summary>
    public long BytesSent => _transport.BytesSent;

    /// <inheritdoc/>
    internal override bool IsReleased => _transport.IsClosed;

    /// <summary>The input as the handler sees it that serves now.</summary>
    internal InputReader CurrentInput => _input;

    internal bool CloseRequested => _closeRequested;

    internal bool PeerHasCompleted => _peerCompleted;

    /// <summary>Reads what has arrived, at least one byte (<c>socket.recv</c>).</summary>
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

        var input = Input;
        var result = await ReadAsync(input, cancellationToken).ConfigureAwait(false);
        var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, destination.Length));
        piece.CopyTo(destination.Span);
        input.AdvanceTo(piece.End);
        return (int)piece.Length;
    }

    /// <summary>Reads one line (<c>rfile.readline</c>), bounded. LF ends a line; a CR before it is removed.</summary>
    /// <param name="maxLength">The most bytes that a line may have without its end; default <see cref="DefaultMaxLineLength"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The line; null at the end of the stream. Bytes before the end of the stream that no LF ended are a line with <see cref="Line.IsComplete"/> false.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    /// <exception cref="FrameTooLargeException">No line end came in time; nothing was consumed.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    public async ValueTask<Line?> ReadLineAsync(int maxLength = DefaultMaxLineLength, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        var input = Input;
        long scanned = 0;
        while (true)
        {
            var result = await ReadAsync(input, cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.Slice(scanned).PositionOf((byte)'\n') is { } end && WithoutCarriageReturn(buffer.Slice(0, end)) is var line && line.Length <= maxLength)
            {
                var bytes = line.ToArray();
                input.AdvanceTo(buffer.GetPosition(1, end));
                return new Line(bytes, IsComplete: true);
            }

            // A CR may be the first half of the line's end.
            if (WithoutCarriageReturn(buffer).Length > maxLength)
            {
                var error = new FrameTooLargeException(maxLength, buffer);
                input.AdvanceTo(buffer.Start);
                throw error;
            }

            if (result.IsCompleted)
            {
                Line? last = buffer.IsEmpty ? null : new Line(buffer.ToArray(), IsComplete: false);
                input.AdvanceTo(buffer.End);
                return last;
            }

            scanned = buffer.Length;
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads line after line until the end of the stream, each as <see cref="ReadLineAsync"/> does.</summary>
    /// <param name="maxLength">The most bytes that a line may have without its end.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="FrameTooLargeException">No line end came in time.</exception>
    /// <exception cref="ConnectionClosedException">The connection was reset, or closed on our side.</exception>
    public async IAsyncEnumerable<Line> ReadLinesAsync(
        int maxLength = DefaultMaxLineLength, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadLineAsync(maxLength, cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

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
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfClosed(await Output.WriteAsync(data, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends text as UTF-8; see <see cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="text">The text; no line end is added.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public ValueTask SendAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

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

    /// <inheritdoc/>
    public override void Close()
    {
        _closeRequested = true;
        Signal();
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(ActorSockets.CloseReason.LocalAborted);

    internal override Props CreateProps() => Context.Handlers.CreateProps(this);

    internal override void Start(IActorRef self, IActorRef supervisor)
    {
        _supervisor = supervisor;

        // First: the actor, once it is told, may read, write and close.
        _transport.Start();
        base.Start(self, supervisor);
    }

    /// <summary>Another handler goes on with the input that was not consumed.</summary>
    internal override void TakeBackInput() => _input = _input.Revoke();

    /// <summary>Sends what was written when whoever else is sending is done; a connection that has ended is no error here.</summary>
    internal async ValueTask<FlushResult> FlushInTurnAsync(CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends what the handler's turn wrote, without waiting for room.</summary>
    internal void FlushTurn() => _transport.Output.Flush();

    internal override void End(CloseReason reason)
    {
        TryEnd(reason);
        _transport.Close();
    }

    internal override void Abort(CloseReason reason)
    {
        TryEnd(reason);
        _transport.Abort();
    }

    internal override void Sweep(long now)
    {
        var options = Context.Options;
        if (_transport.IsStalled(now))
        {
            Abort(ActorSockets.CloseReason.SlowConsumer);
        }
        else if (CloseReason is null && options.IdleTimeout is { } idle && now - LastReceived >= idle.TotalMilliseconds)
        {
            End(ActorSockets.CloseReason.IdleTimeout);
            Signal();
        }

        _transport.Sweep(now);
    }

    void ITransportOwner.InputReady()
    {
        LastReceived = Environment.TickCount64;
        Signal();
    }

    void ITransportOwner.PeerCompleted()
    {
        LastReceived = Environment.TickCount64;
        _peerCompleted = true;
        Signal();
    }

    void ITransportOwner.OutputDrained() => Signal();

    void ITransportOwner.OutputOverflowed() => Abort(ActorSockets.CloseReason.SlowConsumer);

    Exception ITransportOwner.CreateClosedException() =>
        new ConnectionClosedException(Id, CloseReason ?? ActorSockets.CloseReason.LocalClosed);

    void ITransportOwner.TransportEnding(CloseReason? failure) => TryEnd(failure ?? ActorSockets.CloseReason.TransportFailed);

    void ITransportOwner.TransportFaulted(Exception exception)
    {
        Context.Log.Error(exception, "[{0}] its transport failed: {1}", Id, exception.Message);
        Abort(ActorSockets.CloseReason.TransportFailed);
    }

    void ITransportOwner.TransportClosed()
    {
        Signal();
        _supervisor.Tell(new ConnectionSupervisor.Released(this), ActorRefs.NoSender);
    }

    private static ReadOnlySequence<byte> WithoutCarriageReturn(in ReadOnlySequence<byte> line) =>
        !line.IsEmpty && line.Slice(line.Length - 1).FirstSpan[0] == (byte)'\r' ? line.Slice(0, line.Length - 1) : line;

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

    private void ThrowIfClosed(FlushResult flushed)
    {
        if (flushed.IsCompleted && CloseReason is { } reason)
        {
            throw new ConnectionClosedException(Id, reason);
        }
    }
}
