using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using ActorSockets.Connections;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// The sending half of a connection: one acknowledged write at a time, so that what waits is in our bounded buffer and
/// Akka.IO's queue is empty when the connection closes (a FIN that arrives while its queue is not makes Akka.IO forget
/// the close).
/// </summary>
internal sealed class AkkaIoSender : IValueTaskSource<bool>
{
    private readonly IActorRef _connection;
    private readonly IActorRef _events;
    private readonly Socket _socket;
    private readonly SocketServerOptions _options;
    private readonly Pipe _output;
    private readonly OutputWriter _writer;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _written;
    private ITransportOwner? _owner;
    private bool _writing;
    private volatile bool _finishing;
    private volatile bool _lost;
    private bool _aboveHighWater;
    private long _finSentAt = -1;
    private long _writtenAt = -1;
    private long _bytesAcknowledged;
    private long _acknowledgedAt;
    private long _bytesSent;

    /// <param name="connection">Akka.IO's connection.</param>
    /// <param name="events">What it tells; a write's end is told as <see cref="Written"/>.</param>
    /// <param name="socket">The socket, to see what the other side takes.</param>
    /// <param name="options">The water marks and the limit.</param>
    /// <param name="throwIfClosed">Called before each write of the handler.</param>
    public AkkaIoSender(IActorRef connection, IActorRef events, Socket socket, SocketServerOptions options, Action throwIfClosed)
    {
        (_connection, _events, _socket, _options) = (connection, events, socket, options);
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

    /// <summary>When FIN was asked for, in <see cref="Environment.TickCount64"/> milliseconds; null before.</summary>
    public long? FinSentAt => Volatile.Read(ref _finSentAt) is >= 0 and var at ? at : null;

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

            var frame = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, AkkaIoTcpListener.FrameSize));
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
            if (await WriteAsync(frame).ConfigureAwait(false))
            {
                Sent(length);
            }

            _output.Reader.AdvanceTo(frame.End);
        }

        Volatile.Write(ref _writtenAt, -1);
        _output.Reader.Complete();
        if (!_lost)
        {
            _connection.Tell(Tcp.ConfirmedClose.Instance, _events);
            Volatile.Write(ref _finSentAt, Environment.TickCount64);
        }
    }

    /// <summary>True when a write is under way and the other side has taken nothing for the write stall timeout. Called once per second.</summary>
    public bool IsStalled(long now)
    {
        if (Volatile.Read(ref _writtenAt) is not (>= 0 and var since))
        {
            return false;
        }

        // A write ends when the kernel has taken all of it, which a slow reader makes last; each byte of it is progress.
        if (TcpInfo.TryGetBytesAcknowledged(_socket, out var acknowledged) && acknowledged != _bytesAcknowledged)
        {
            (_bytesAcknowledged, _acknowledgedAt) = (acknowledged, now);
        }

        return now - Math.Max(since, _acknowledgedAt) >= _options.WriteStallTimeout.TotalMilliseconds;
    }

    /// <summary>Sends what was flushed, then FIN.</summary>
    public void Finish()
    {
        _finishing = true;
        _output.Reader.CancelPendingRead();
    }

    /// <summary>The kernel has taken the write that was under way.</summary>
    public void Acknowledge() => CompleteWrite(taken: true);

    /// <summary>The connection is gone: nothing more is sent.</summary>
    public void Lose()
    {
        lock (_gate)
        {
            _lost = true;
        }

        CompleteWrite(taken: false);
        _output.Reader.CancelPendingRead();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _written.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _written.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _written.OnCompleted(continuation, state, token, flags);

    /// <summary>Completes when the kernel has taken the bytes, with false when the connection was lost before.</summary>
    private ValueTask<bool> WriteAsync(in ReadOnlySequence<byte> frame)
    {
        lock (_gate)
        {
            if (_lost)
            {
                return ValueTask.FromResult(false);
            }

            _written.Reset();
            _writing = true;
            Volatile.Write(ref _writtenAt, Environment.TickCount64);
        }

        var written = new ValueTask<bool>(this, _written.Version);
        _connection.Tell(Tcp.Write.Create(Wrap(frame), Written.Instance), _events);
        return written;
    }

    private static ByteString Wrap(in ReadOnlySequence<byte> frame)
    {
        if (frame.IsSingleSegment && MemoryMarshal.TryGetArray(frame.First, out var single))
        {
            return ByteString.FromBytes(single);
        }

        var segments = new List<ArraySegment<byte>>();
        foreach (var memory in frame)
        {
            MemoryMarshal.TryGetArray(memory, out var segment);
            segments.Add(segment);
        }

        return ByteString.FromBytes(segments);
    }

    private void Sent(long bytes)
    {
        Volatile.Write(ref _writtenAt, -1);
        Volatile.Write(ref _bytesSent, _bytesSent + bytes);
        var left = _writer.Sent(bytes);
        _aboveHighWater |= left + bytes > _options.OutputHighWater;
        if (_aboveHighWater && left <= _options.OutputLowWater)
        {
            _aboveHighWater = false;
            _owner!.OutputDrained();
        }
    }

    private void CompleteWrite(bool taken)
    {
        lock (_gate)
        {
            if (!_writing)
            {
                return;
            }

            _writing = false;
        }

        _written.SetResult(taken);
    }

    /// <summary>Akka.IO's answer to a write that the kernel has taken.</summary>
    public sealed class Written : Tcp.Event
    {
        public static readonly Written Instance = new();
    }
}
