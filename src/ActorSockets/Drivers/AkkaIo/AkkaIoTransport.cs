using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Drivers.Native;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// One TCP connection of Akka.IO. Reading is by pull: the next read is asked for when the input window has room.
/// <see cref="AkkaIoSender"/> does the writing.
/// </summary>
internal sealed class AkkaIoTransport : Transport
{
    // Akka.IO passes the text of the error on, not its code.
    private static readonly Dictionary<string, CloseReason> ReasonsByText = SocketErrors.Reasons.ToDictionary(known => new SocketException((int)known.Key).Message, known => known.Value);

    private readonly Events _events;
    private readonly IActorRef _connection;
    private readonly AkkaIoAcceptor _acceptor;
    private readonly SocketServerOptions _options;
    private readonly InputBuffer _input;
    private readonly AkkaIoSender _sender;
    private readonly Lock _gate = new();
    private ITransportOwner? _owner;
    private volatile bool _discarding;
    private volatile bool _closed;

    public AkkaIoTransport(
        ActorSystem system, IActorRef connection, Tcp.Connected connected, Socket socket, AkkaIoAcceptor acceptor, SocketServerOptions options)
    {
        (_connection, _acceptor, _options) = (connection, acceptor, options);
        (LocalEndPoint, RemoteEndPoint) = (Plain(connected.LocalAddress), Plain(connected.RemoteAddress));
        _events = new Events(system, this);
        _input = new InputBuffer(options, ResumeReading);
        _sender = new AkkaIoSender(connection, _events, socket, options, ThrowIfClosed);
    }

    public override EndPoint LocalEndPoint { get; }

    public override EndPoint RemoteEndPoint { get; }

    public override InputBuffer Input => _input;

    public override OutputBuffer Output => _sender.Output;

    public override long BytesReceived => _input.BytesReceived;

    public override long BytesSent => _sender.BytesSent;

    public override bool IsClosed => _closed;

    public override void Attach(ITransportOwner owner) => _owner = owner;

    public override void Start()
    {
        _events.WatchConnection(_connection);
        Tell(new Tcp.Register(_events, keepOpenOnPeerClosed: true, useResumeWriting: false));
        ResumeReading();
        _sender.Start(_owner!);
    }

    public override bool IsStalled(long now) => _sender.IsStalled(now);

    public override Task StartTlsAsync(ServerTls tls, ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken) =>
        throw new NotSupportedException("a connection of driver = akka-io cannot go on by TLS; one of driver = native can");

    public override void CompleteOutput() => _sender.Finish();

    public override void Close()
    {
        // Where the window was full, this also makes room: what comes is read on and thrown away.
        if (StopInput())
        {
            CompleteOutput();
        }
    }

    public override void Abort()
    {
        StopInput();
        Tell(Tcp.Abort.Instance);
    }

    public override void Refuse(RefusalReason reason)
    {
        _events.WatchConnection(_connection);
        Tell(reason.IsForWantOfRoom() ? Tcp.Close.Instance : Tcp.Abort.Instance);
    }

    public override void Sweep(long now)
    {
        if (_discarding && !_closed && _sender.FinSentAt is { } since && now - since >= _options.LingerTimeout.TotalMilliseconds)
        {
            // Its end after a FIN closes the socket without a reset of what the kernel still has to send.
            _connection.Tell(PoisonPill.Instance);
        }
    }

    private static CloseReason Classify(string? text) => text is not null && ReasonsByText.TryGetValue(text, out var reason) ? reason : CloseReason.TransportFailed;

    private void ThrowIfClosed()
    {
        if (_closed || _discarding)
        {
            throw _owner!.CreateClosedException();
        }

    }

    private void Tell(object message) => _connection.Tell(message, _events);

    private void ResumeReading() => Tell(Tcp.ResumeReading.Instance);

    private void OnReceived(ByteString data)
    {
        if (_input.TryTake(data.ToReadOnlySpan(), out var hasRoom))
        {
            _owner!.InputReady();
        }

        if (hasRoom)
        {
            ResumeReading();
        }
    }

    /// <summary>From now on what arrives is thrown away, and reads fail; false when that was so already.</summary>
    private bool StopInput()
    {
        lock (_gate)
        {
            if (_discarding)
            {
                return false;
            }

            _discarding = true;
        }

        _input.End(_owner);
        return true;
    }

    private void OnClosed(Tcp.ConnectionClosed? cause)
    {
        if (_closed)
        {
            return;
        }

        if (_owner is { } owner)
        {
            if (cause is Tcp.ConfirmedClosed or Tcp.Closed)
            {
                owner.PeerCompleted();
            }
            else
            {
                owner.TransportEnding(cause is Tcp.ErrorClosed error ? Classify(error.Cause) : null);
                StopInput();
            }
        }

        _closed = true;
        EndLease();
        _sender.Lose();
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
                case AkkaIoSender.Written:
                    transport._sender.Acknowledge();
                    break;
                case Tcp.PeerClosed:
                    transport._owner!.PeerCompleted();
                    break;
                case Tcp.ConnectionClosed closed:
                    transport.OnClosed(closed);
                    break;
            }
        }
    }
}
