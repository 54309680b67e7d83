using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using ActorSockets.Drivers;

namespace ActorSockets.Connections;

/// <summary>
/// The sending half of a connection: hands what was written to the driver, one write at a time, and watches what the
/// other side takes of it.
/// </summary>
internal abstract class OutputSender
{
    private const long Never = -1;

    private readonly SocketServerOptions _options;
    private readonly Pipe _output;
    private readonly OutputWriter _writer;
    private ITransportOwner? _owner;
    private volatile bool _finishing;
    private volatile bool _lost;
    private bool _aboveHighWater;
    private long _finSentAt = Never;
    private long _writtenAt = Never;
    private long _handed;
    private long _taken;
    private long _progressAt;
    private long _bytesSent;

    /// <param name="socket">The socket, to see what the other side takes.</param>
    /// <param name="options">The water marks and the limit.</param>
    /// <param name="throwIfClosed">Called before each write of the handler.</param>
    protected OutputSender(Socket socket, SocketServerOptions options, Action throwIfClosed)
    {
        (Socket, _options) = (socket, options);
        _output = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline,

            // A pipe pauses at its threshold and resumes below it; asyncio and we pause above the mark and resume at it.
            pauseWriterThreshold: options.OutputHighWater + 1L,
            resumeWriterThreshold: options.OutputLowWater + 1L,
            minimumSegmentSize: 16 * 1024));
        _writer = new OutputWriter(_output.Writer, options.WriteLimit, () => _owner?.OutputOverflowed(), throwIfClosed);
    }

    public OutputWriter Output => _writer;

    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>True when nothing more can be written.</summary>
    public bool IsFinishing => _finishing;

    /// <summary>When FIN was sent, in <see cref="Environment.TickCount64"/> milliseconds; null before.</summary>
    public long? FinSentAt => Volatile.Read(ref _finSentAt) is not Never and var at ? at : null;

    protected Socket Socket { get; }

    /// <summary>True when the connection is gone.</summary>
    protected bool IsLost => _lost;

    /// <summary>Sends until the output is completed, finished or lost.</summary>
    public async Task SendAsync(ITransportOwner owner)
    {
        _owner = owner;
        while (!_lost)
        {
            if (!_output.Reader.TryRead(out var result))
            {
                if (_finishing)
                {
                    break;
                }

                result = await _output.Reader.ReadAsync().ConfigureAwait(false);
            }

            var frame = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, Transport.FrameSize));
            if (frame.IsEmpty)
            {
                _output.Reader.AdvanceTo(frame.End);
                if (result.IsCompleted)
                {
                    break;
                }

                continue;
            }

            var length = frame.Length;
            Volatile.Write(ref _writtenAt, Environment.TickCount64);
            if (await WriteAsync(frame).ConfigureAwait(false))
            {
                Sent(length);
            }

            _output.Reader.AdvanceTo(frame.End);
        }

        _output.Reader.Complete();
        if (!_lost)
        {
            // It waits for room as what is written does.
            Volatile.Write(ref _writtenAt, Environment.TickCount64);
            await SendFinAsync().ConfigureAwait(false);
            Volatile.Write(ref _finSentAt, Environment.TickCount64);
        }

        Volatile.Write(ref _writtenAt, Never);
    }

    /// <summary>True when a write is under way and the other side has taken nothing for the write stall timeout. Called once per second.</summary>
    public bool IsStalled(long now)
    {
        if (Volatile.Read(ref _writtenAt) is var since && since == Never)
        {
            return false;
        }

        // A write ends when the kernel has taken all of it, which a slow reader makes last; each byte of it is progress.
        if (TryGetTaken(out var taken) && taken != _taken)
        {
            (_taken, _progressAt) = (taken, now);
        }

        return now - Math.Max(since, _progressAt) >= _options.WriteStallTimeout.TotalMilliseconds;
    }

    /// <summary>Sends what was flushed, then FIN.</summary>
    public void Finish()
    {
        _finishing = true;
        _output.Reader.CancelPendingRead();
    }

    /// <summary>The connection is gone: nothing more is sent.</summary>
    public virtual void Lose()
    {
        _lost = true;
        _output.Reader.CancelPendingRead();
    }

    /// <summary>The kernel has taken a part of what is being written.</summary>
    protected void Handed(int bytes) => Volatile.Write(ref _handed, _handed + bytes);

    /// <summary>Completes when the kernel has taken the bytes, with false when the connection was lost before.</summary>
    protected abstract ValueTask<bool> WriteAsync(in ReadOnlySequence<byte> frame);

    /// <summary>Everything is sent: ends our direction.</summary>
    protected abstract ValueTask SendFinAsync();

    /// <summary>Something that grows as the other side takes what is sent.</summary>
    private bool TryGetTaken(out long taken)
    {
        if (TcpInfo.TryGetBytesAcknowledged(Socket, out taken))
        {
            return true;
        }

        // The queue alone could be as long at each look, though it was emptied and filled in between.
        var isKnown = UnixSendQueue.TryGetLength(Socket, out var queued);
        taken = Volatile.Read(ref _handed) - queued;
        return isKnown;
    }

    private void Sent(long bytes)
    {
        Volatile.Write(ref _writtenAt, Never);
        Volatile.Write(ref _bytesSent, _bytesSent + bytes);
        var left = _writer.Sent(bytes);
        _aboveHighWater |= left + bytes > _options.OutputHighWater;
        if (_aboveHighWater && left <= _options.OutputLowWater)
        {
            _aboveHighWater = false;
            _owner!.OutputDrained();
        }
    }
}
