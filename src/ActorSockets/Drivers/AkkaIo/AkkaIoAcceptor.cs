using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using ActorSockets.Connections;
using ActorSockets.Diagnostics;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// One bound TCP endpoint as Akka.IO sees it: receives each accepted connection, and keeps Akka.IO's listener until the
/// last of them has ended, because the listener's end would reset them.
/// </summary>
internal sealed class AkkaIoAcceptor : CallbackRef
{
    // Akka.IO runs AfterConnect and then tells Connected on the same thread, one right after the other.
    [ThreadStatic]
    private static Examined _accepted;

    private readonly ActorSystem _system;
    private readonly ServerContext _context;
    private readonly IActorRef _server;
    private readonly IActorRef _listener;
    private readonly Lock _gate = new();
    private Socket? _listening;
    private IActorRef _tcpListener = ActorRefs.Nobody;
    private Endpoint _endpoint;
    private Exception? _configureFailure;
    private bool _accepting = true;
    private bool _retired;
    private int _live;

    public AkkaIoAcceptor(ActorSystem system, Endpoint endpoint, ServerContext context, IActorRef server, IActorRef listener)
        : base(system, "acceptor") =>
        (_system, _endpoint, _context, _server, _listener) = (system, endpoint, context, server, listener);

    public IEnumerable<Inet.SocketOption> CreateOptions(IPAddress address) => [new Capture(this, dualStack: address.Equals(IPAddress.IPv6Any))];

    /// <summary>New clients are refused from now on; live connections go on.</summary>
    public void StopAccepting()
    {
        lock (_gate)
        {
            if (_accepting)
            {
                _accepting = false;
                if (_listening is { } listening && !ListeningSocket.TryClose(listening))
                {
                    _context.Log.Debug("[{0}] {1} stays open until its connections have ended; new clients are closed at once", _context.Name, _endpoint);
                }
            }
        }
    }

    /// <summary>Gives the endpoint up, Akka.IO's listener included as soon as its last connection has ended.</summary>
    public void Retire()
    {
        StopAccepting();
        lock (_gate)
        {
            _retired = true;
            UnbindIfDone();
        }
    }

    /// <summary>A connection of this endpoint has ended.</summary>
    public void Released()
    {
        lock (_gate)
        {
            _live--;
            UnbindIfDone();
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                OnConnected(connected, sender);
                break;
            case Tcp.Bound bound:
                lock (_gate)
                {
                    (_endpoint, _tcpListener) = (_endpoint.BoundTo((IPEndPoint)bound.LocalAddress), sender);
                    UnbindIfDone();
                }

                _listener.Tell(_configureFailure is { } failure ? new Status.Failure(failure) : bound, sender);
                break;
            case Tcp.CommandFailed:
                _listener.Tell(message, sender);
                break;
        }
    }

    private void OnConnected(Tcp.Connected connected, IActorRef connection)
    {
        var (socket, gate, lease, refusal, failure) = _accepted;
        _accepted = default;
        var transport = new AkkaIoTransport(_system, connection, connected, socket!, this, _context.Options) { Gate = gate, Lease = lease };
        lock (_gate)
        {
            _live++;
            if (_accepting && refusal?.IsForWantOfRoom() != false)
            {
                // Within the gate: whoever has stopped accepting knows that the server has been told of all before.
                var endpoint = _endpoint.Port == 0 ? _endpoint.BoundTo((IPEndPoint)connected.LocalAddress) : _endpoint;
                _context.Arrive(new ServerActor.Accepted(transport, endpoint, Refusal: refusal), _server);
                return;
            }
        }

        var reason = refusal ?? RefusalReason.NotServing;
        if (failure is not null)
        {
            _context.Limited.Write(LogLine.EntranceFailed, LogLevel.ErrorLevel, failure, "[{0}] refused {1}: ConfigureSocket failed: {2}", _context.Name, transport.RemoteEndPoint, failure.Message);
        }

        _context.Counters.Refused(reason);
        transport.Refuse(reason);
    }

    private Examined Examine(Socket socket)
    {
        var gate = _context.Gate;
        RateLimitLease? lease = null;
        try
        {
            if (!TcpSocketOptions.AreInherited)
            {
                TcpSocketOptions.Apply(socket, _context.Options);
            }

            if (DescriptorReserve.IsTouchedBy(socket.SafeHandle))
            {
                _context.Limited.Write(LogLine.Refused, LogLevel.WarningLevel, null, "[{0}] refused {1}: no more than {2} descriptors are left, which the program needs itself", _context.Name, Transport.Plain(socket.RemoteEndPoint!), DescriptorReserve.Size);
                return new Examined(socket, gate, lease, RefusalReason.NoDescriptors, null);
            }

            if (gate.Enter(Transport.Plain(socket.RemoteEndPoint!), out lease) is { } refusal)
            {
                return new Examined(socket, gate, lease, refusal, null);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone at once, as Akka.IO will find.
        }

        if (_context.Handlers.Hooks.TryConfigureSocket(socket, out var failure))
        {
            return new Examined(socket, gate, lease, null, null);
        }

        // Not when Akka.IO says that it is closed: its client may know of it before, and be back.
        lease?.Dispose();
        return new Examined(socket, gate, null, RefusalReason.ConfigureFailed, failure);
    }

    private void UnbindIfDone()
    {
        if (_retired && _live == 0)
        {
            _tcpListener.Tell(Tcp.Unbind.Instance, this);
        }
    }

    /// <param name="Socket">The connection's.</param>
    /// <param name="Gate">Where it has come in.</param>
    /// <param name="Lease">What it holds.</param>
    /// <param name="Refusal">Why it is refused; null: it is not.</param>
    /// <param name="Failure">Of the hook.</param>
    private readonly record struct Examined(Socket Socket, AcceptGate Gate, RateLimitLease? Lease, RefusalReason? Refusal, Exception? Failure);

    private sealed class Capture(AkkaIoAcceptor acceptor, bool dualStack) : Inet.SocketOption
    {
        public override void BeforeServerSocketBind(Socket ss)
        {
            if (dualStack)
            {
                ss.DualMode = true;
            }

            try
            {
                TcpSocketOptions.Apply(ss, acceptor._context.Options);
                acceptor._context.Handlers.Hooks.ConfigureListenSocket(ss);
            }
            catch (Exception exception)
            {
                // Thrown here it would end Akka.IO's listener without an answer.
                acceptor._configureFailure = exception;
            }

            lock (acceptor._gate)
            {
                acceptor._listening = ss;
            }
        }

        // Whatever is thrown here ends Akka.IO's connection without a word.
        public override void AfterConnect(Socket s) => _accepted = acceptor.Examine(s);
    }
}
