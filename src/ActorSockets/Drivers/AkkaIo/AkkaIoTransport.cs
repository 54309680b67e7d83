using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using ActorSockets.Connections;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// One TCP connection of Akka.IO. Reading is by pull: the next read is asked for when the input window has room.
/// Writing is one acknowledged write at a time, so that what waits is in our bounded buffer and Akka.IO's queue is
/// empty when the connection closes (a FIN that arrives while its queue is not makes Akka.IO forget the close).
/// </summary>
internal sealed class AkkaIoTransport : Transport, IValueTaskSource<bool>
{
    private readonly Events _events;
    private readonly IActorRef _connection;
    private readonly AkkaIoAcceptor _acceptor;
    private readonly SocketServerOptions _options;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly OutputWriter _writer;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _written;
    private ITransportOwner? _owner;
    private bool _writing;
    private bool _inputCompleted;
    private volatile bool _peerCompleted;
    private bool _discarding;
    private volatile bool _finishing;
    private volatile bool _closed;
    private bool _aboveHighWater;
    private long _finSentAt = -1;
    private long _writtenAt = -1;
    private long _bytesReceived;
    private long _bytesSent;

    public AkkaIoTransport(
        ActorSystem system, IActorRef connection, Tcp.Connected connected, Socket socket, AkkaIoAcceptor acceptor, SocketServerOptions options)
    {
        (_connection, _acceptor, _options) = (connection, acceptor, options);
        (LocalEndPoint, RemoteEndPoint) = (Plain(connected.LocalAddress), Plain(connected.RemoteAddress));
        _events = new Events(system, this);
        _input = new Pipe(new PipeOptions(
            pauseWriterThreshold: options.InputWindow,
            resumeWriterThreshold: options.InputWindow / 2,
            writerScheduler: PipeScheduler.Inline));
        _output = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: options.OutputHighWater,
            resumeWriterThreshold: Math.Max(1, options.OutputLowWater),
            minimumSegmentSize: 16 * 1024));
        _writer = new OutputWriter(_output.Writer, options.WriteLimit, () => _owner?.OutputOverflowed(), ThrowIfClosed);
        Socket = socket;
    }

    public override EndPoint LocalEndPoint { get; }

    public override EndPoint RemoteEndPoint { get; }

    public override PipeReader Input => _input.Reader;

    public override PipeWriter Output => _writer;

    public override long Unsent => _writer.Unsent;

    public override long BytesReceived => Volatile.Read(ref _bytesReceived);

    public override long BytesSent => Volatile.Read(ref _bytesSent);

    public override long? StalledSince => Volatile.Read(ref _writtenAt) is >= 0 and var since ? since : null;

    public override bool IsClosed => _closed;

    private Socket Socket { get; }

    public override void Start(ITransportOwner owner)
    {
        _owner = owner;
        _events.WatchConnection(_connection);
        Tell(new Tcp.Register(_events, keepOpenOnPeerClosed: true, useResumeWriting: false));
        ResumeReading();
        SendLoop();
    }

    public override void CompleteOutput()
    {
        _finishing = true;
        _output.Reader.CancelPendingRead();
    }

    public override void Close()
    {
        if (!StopInput(_owner!.CreateClosedException()))
        {
            return;
        }

        CompleteOutput();
        if (!_peerCompleted)
        {
            ResumeReading();
        }
    }

    public override void Abort()
    {
        StopInput(_owner!.CreateClosedException());
        Tell(Tcp.Abort.Instance);
    }

    public override void Refuse()
    {
        _events.WatchConnection(_connection);
        Tell(Tcp.Close.Instance);
    }

    public override void Sweep(long now)
    {
        var finSentAt = Volatile.Read(ref _finSentAt);
        if (_discarding && finSentAt >= 0 && now - finSentAt >= _options.LingerTimeout.TotalMilliseconds && !_closed)
        {
            // Its end after a FIN closes the socket without a reset of what the kernel still has to send.
            _connection.Tell(PoisonPill.Instance);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _written.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _written.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _written.OnCompleted(continuation, state, token, flags);

    private static EndPoint Plain(EndPoint address) => address is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
        ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port)
        : address;

    private static CloseReason Classify(string? error) =>
        error == Describe(SocketError.ConnectionReset) || error == Describe(SocketError.Shutdown) || error == Describe(SocketError.ConnectionAborted)
            ? CloseReason.PeerReset
            : CloseReason.TransportFailed;

    // Akka.IO passes the text of the error on, not its code.
    private static string Describe(SocketError error) => new SocketException((int)error).Message;

    private void ThrowIfClosed()
    {
        if (_closed || _discarding)
        {
            throw _owner!.CreateClosedException();
        }
    }

    private void Tell(object message) => _connection.Tell(message, _events);

    private void ResumeReading() => Tell(Tcp.ResumeReading.Instance);

    private async void SendLoop()
    {
        while (!_closed)
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
        if (!_closed)
        {
            Tell(Tcp.ConfirmedClose.Instance);
            Volatile.Write(ref _finSentAt, Environment.TickCount64);
        }
    }

    /// <summary>Completes when the kernel has taken the bytes, with false when the connection was lost before.</summary>
    private ValueTask<bool> WriteAsync(in ReadOnlySequence<byte> frame)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return ValueTask.FromResult(false);
            }

            _written.Reset();
            _writing = true;
            Volatile.Write(ref _writtenAt, Environment.TickCount64);
        }

        var written = new ValueTask<bool>(this, _written.Version);
        Tell(Tcp.Write.Create(Wrap(frame), Written.Instance));
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
        var before = _writer.Unsent;
        _writer.Sent(bytes);
        _aboveHighWater |= before > _options.OutputHighWater;
        if (_aboveHighWater && _writer.Unsent <= _options.OutputLowWater)
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

    private void OnReceived(ByteString data)
    {
        bool hasRoom;
        lock (_gate)
        {
            if (_inputCompleted)
            {
                ResumeReading();
                return;
            }

            data.ToReadOnlySpan().CopyTo(_input.Writer.GetSpan(data.Count));
            _input.Writer.Advance(data.Count);
            Volatile.Write(ref _bytesReceived, _bytesReceived + data.Count);
            var flush = _input.Writer.FlushAsync();
            hasRoom = flush.IsCompleted;
            if (!hasRoom)
            {
                ResumeReadingAfter(flush);
            }
        }

        _owner!.InputReady();
        if (hasRoom)
        {
            ResumeReading();
        }
    }

    /// <summary>The window is full: the next read is asked for when the handler has consumed half of it.</summary>
    private async void ResumeReadingAfter(ValueTask<FlushResult> flush)
    {
        await flush.ConfigureAwait(false);
        ResumeReading();
    }

    private void OnPeerCompleted()
    {
        _peerCompleted = true;
        lock (_gate)
        {
            if (!_inputCompleted)
            {
                _inputCompleted = true;
                _input.Writer.Complete();
            }
        }

        _owner!.PeerCompleted();
    }

    /// <summary>From now on what arrives is thrown away, and reads fail; false when that was so already.</summary>
    private bool StopInput(Exception exception)
    {
        lock (_gate)
        {
            if (_discarding)
            {
                return false;
            }

            _discarding = true;
            if (!_inputCompleted)
            {
                _inputCompleted = true;
                _input.Writer.Complete(exception);
            }

            return true;
        }
    }

    private void OnClosed(Tcp.ConnectionClosed? cause)
    {
        if (_closed)
        {
            return;
        }

        if (_owner is { } owner)
        {
            if (cause is Tcp.ConfirmedClosed or Tcp.PeerClosed or Tcp.Closed)
            {
                OnPeerCompleted();
            }
            else
            {
                owner.TransportEnding(cause is Tcp.ErrorClosed error ? Classify(error.Cause) : null);
                StopInput(owner.CreateClosedException());
            }
        }

        lock (_gate)
        {
            _closed = true;
        }

        CompleteWrite(taken: false);
        _output.Reader.CancelPendingRead();
        _acceptor.Released();
        _owner?.TransportClosed();
    }

    /// <summary>What Akka.IO tells about the connection, on its connection actor's turn.</summary>
    private sealed class Events(ActorSystem system, AkkaIoTransport transport) : CallbackRef(system, "transport")
    {
        // One that dies before it is registered tells nobody.
        public void WatchConnection(IActorRef connection) => Watch(connection);

        protected override void WatchedDied() => transport.OnClosed(null);

        protected override void TellInternal(object message, IActorRef sender)
        {
            switch (message)
            {
                case Tcp.Received received:
                    transport.OnReceived(received.Data);
                    break;
                case Written:
                    transport.CompleteWrite(taken: true);
                    break;
                case Tcp.PeerClosed:
                    transport.OnPeerCompleted();
                    break;
                case Tcp.ConnectionClosed closed:
                    transport.OnClosed(closed);
                    break;
            }
        }
    }

    private sealed class Written : Tcp.Event
    {
        public static readonly Written Instance = new();
    }
}
