using System.IO.Pipelines;
using ActorSockets.Connections;
using ActorSockets.Diagnostics;
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
public sealed partial class Connection : Peer, ITransportOwner
{
    private readonly Transport _transport;
    private readonly ServeRequest? _request;
    private InputReader _input;
    private volatile bool _peerCompleted;
    private volatile bool _closeRequested;
    private volatile bool _awaitsInput;
    private TaskCompletionSource? _released;
    private volatile HandlerSpec? _nextHandler;
    private long _receivedBefore;

    internal Connection(ServerContext server, string id, Endpoint endpoint, Transport transport, ServeRequest? request = null)
        : base(server, id, endpoint, transport.LocalEndPoint, transport.RemoteEndPoint)
    {
        (_transport, _request) = (transport, request);
        Handler = server.Handlers.Streams!;
        _input = new InputReader(transport.Input, Task.CompletedTask);
        ReadTimeout = server.Options.ReadTimeout;
        transport.Attach(this);
        Recorder.Record(ConnectionEventKind.Connected);
    }

    /// <summary>
    /// What arrives (<c>socketserver.StreamRequestHandler.rfile</c>). About the input window is read ahead; more is left
    /// to the network until this is consumed. What you examine without consuming it is kept, so bound it. Completed by the other side's FIN; a reset makes reads throw
    /// <see cref="ConnectionClosedException"/>.
    /// </summary>
    public PipeReader Input => HandlerInput;

    /// <summary>
    /// What is to be sent (<c>socketserver.StreamRequestHandler.wfile</c>), on its way after a flush. A flush waits while
    /// more than <c>output.high-water</c> is unsent; that wait is the back-pressure.
    /// </summary>
    public PipeWriter Output => _transport.Output;

    /// <summary>
    /// What a proxy in front says about the connection (<c>proxy-protocol</c>); null where the server takes no such headers. With it, <see cref="Peer.RemoteEndPoint"/> is
    /// the client's address, where the proxy says it.
    /// </summary>
    public ProxyHeader? ProxyHeader => _transport.ProxyHeader;

    /// <summary>Who is at the other end of a Unix connection; null for others.</summary>
    public PeerCredentials? PeerCredentials => _transport.PeerCredentials;

    /// <summary>What the TLS handshake came to; null where the connection has no TLS, or not yet.</summary>
    public TlsDetails? Tls => _transport.Tls;

    /// <summary>When it was accepted, by the wall clock.</summary>
    public DateTimeOffset ConnectedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>
    /// The last 32 things that happened to it, the oldest first, as they are at this moment; nothing of what it carried. They are in the log as well when it ends
    /// as it should not.
    /// </summary>
    public IReadOnlyList<ConnectionEvent> RecentEvents => Recorder.Read();

    /// <summary>Bytes written that the kernel has not taken yet.</summary>
    public long Unsent => _transport.Output.Unsent;

    /// <summary>Bytes that have arrived so far.</summary>
    public long BytesReceived => _transport.BytesReceived;

    /// <summary>Bytes that were sent so far.</summary>
    public long BytesSent => _transport.BytesSent;

    /// <summary>What it has in memory of what was received and is to be sent.</summary>
    internal override long Held => _transport.Input.Unread + Unsent;

    /// <inheritdoc/>
    internal override bool PausesInput
    {
        set => _transport.Input.IsPaused = value;
    }

    /// <summary>The limits by address have changed.</summary>
    internal void EnterAgain(AcceptGate gate) => _transport.EnterAgain(gate);

    internal FlightRecorder Recorder { get; } = new();

    /// <inheritdoc/>
    internal override bool IsReleased => _transport.IsClosed;

    /// <summary>The input as the handler sees it whose code runs here.</summary>
    private InputReader HandlerInput => HandlerCall.Current is { Input: { } input } call && call.Peer == this ? input : _input;

    /// <summary>The input as the handler sees it that serves now.</summary>
    internal InputReader CurrentInput => _input;

    internal override bool CloseRequested => _closeRequested;

    /// <summary>True while the handler waits for the other side, and has nothing to say to it.</summary>
    internal bool IsIdle => CloseReason is null && !_closeRequested && Unsent == 0 && (_awaitsInput || _input.WaitingSince != Never);

    /// <summary>Set by a connection actor that has nothing left to read.</summary>
    internal bool AwaitsInput
    {
        set => _awaitsInput = value;
    }

    /// <summary>What serves this connection, also after a restart.</summary>
    internal HandlerSpec Handler { get; private set; }

    internal override string HandlerDescription => Handler.Description;

    /// <summary>True when another handler is to go on as soon as this one is done.</summary>
    internal bool IsSwitching => _nextHandler is not null;

    /// <summary>Its handler has been asked or told something; who has not is not told the end either.</summary>
    internal bool HasBegun { get; set; }

    /// <summary>Nobody turned it down; it is not asked again after a restart.</summary>
    internal bool IsVerified { get; set; }

    /// <summary>
    /// Has another handler go on with this connection (<c>transport.set_protocol</c>): what was written is sent, and when
    /// the handler that serves now returns, its Finish runs, nothing closes, and the next one begins with Setup. Input that was
    /// not consumed is the next one's. Id, <see cref="Peer.Self"/> and <see cref="Peer.Items"/> stay. A <see cref="ConnectionActor"/> uses its own
    /// <see cref="ConnectionActor.SwitchHandler(Func{Connection, Task})"/>.
    /// </summary>
    /// <param name="handle">The next handler.</param>
    /// <param name="cancellationToken">Gives up; this handler goes on.</param>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public ValueTask SwitchHandlerAsync(Func<Connection, Task> handle, CancellationToken cancellationToken = default) =>
        SwitchAsync(HandlerSpec.For(handle), cancellationToken);

    /// <inheritdoc cref="SwitchHandlerAsync(Func{Connection, Task}, CancellationToken)"/>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/> or <see cref="ConnectionActor"/>; it is made as <see cref="SocketServerBuilder.ActivateWith"/> said.</typeparam>
    /// <param name="cancellationToken">Gives up; this handler goes on.</param>
    /// <exception cref="ArgumentException">The type is neither, or it cannot be made.</exception>
    public ValueTask SwitchHandlerAsync<THandler>(CancellationToken cancellationToken = default)
        where THandler : class => SwitchAsync(Context.Handlers.FindNext(typeof(THandler)), cancellationToken);

    /// <inheritdoc cref="SwitchHandlerAsync(Func{Connection, Task}, CancellationToken)"/>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/> or <see cref="ConnectionActor"/>.</typeparam>
    /// <param name="factory">Makes a fresh one, and again after each restart.</param>
    /// <param name="cancellationToken">Gives up; this handler goes on.</param>
    /// <exception cref="ArgumentException">The type is neither.</exception>
    public ValueTask SwitchHandlerAsync<THandler>(Func<THandler> factory, CancellationToken cancellationToken = default)
        where THandler : class => SwitchAsync(HandlerSpec.ForNext(typeof(THandler), () => new(factory())), cancellationToken);

    /// <inheritdoc/>
    public override void Close()
    {
        if (!_closeRequested)
        {
            Recorder.Record(ConnectionEventKind.CloseRequested);
        }

        _closeRequested = true;
        Signal();
    }

    /// <summary>
    /// <see cref="Close"/>, and waits for the end (<c>StreamWriter.close</c> and <c>wait_closed</c>): everything is sent, then FIN, and what
    /// the other side still sends is read for at most <c>linger-timeout</c>, so that no reset destroys what was sent last.
    /// A client that does not read does not hold it longer than <c>write-stall-timeout</c>.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting; the connection closes all the same.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await FlushInTurnAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            EndAsAsked();
            Close();
        }

        await WhenReleased().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(ActorSockets.CloseReason.LocalAborted);

    internal override HandlerInstance CreateHandler() => Handler.CreateActor();

    /// <summary>Says who goes on when the handler that serves now is done.</summary>
    internal void SwitchTo(HandlerSpec handler)
    {
        _nextHandler = handler;
        Signal();
    }

    /// <summary>From now on, the next restart included, the handler serves that was switched to.</summary>
    internal void CompleteSwitch()
    {
        Recorder.Record(ConnectionEventKind.Switched);
        Handler = _nextHandler!;
        HasBegun = false;
        _nextHandler = null;
    }

    /// <summary>The handler that had asked for the switch has failed.</summary>
    internal void ForgetSwitch() => _nextHandler = null;

    internal override void Start(IActorRef self)
    {
        // First: the actor, once it is told, may read, write and close.
        _transport.Start();
        base.Start(self);
    }

    /// <summary>Another handler goes on with the input that was not consumed.</summary>
    internal override void TakeBackInput() => _input = _input.Revoke();

    /// <summary>The verification turned it down: it closes politely.</summary>
    internal void Reject()
    {
        PendingReason = ActorSockets.CloseReason.Rejected;
        Close();
    }

    /// <summary>Ends as the handler wishes, which has returned or asked for it.</summary>
    internal void EndAsAsked() =>
        End(PendingReason ?? (_peerCompleted ? ActorSockets.CloseReason.PeerClosed : ActorSockets.CloseReason.LocalClosed));

    /// <summary>Its handler has finished, or it never had one.</summary>
    internal void Handled() => _request?.Complete(CloseReason == ActorSockets.CloseReason.Rejected ? ServeOutcome.Rejected : ServeOutcome.Handled);

    /// <summary>Its socket is closed, and its handler is done: the memory that it has goes back.</summary>
    internal void Free()
    {
        _transport.Input.Free(this);
        _transport.Output.End();
    }

    /// <summary>Its handler waits for the other side: it need not be waited for.</summary>
    internal void EndIdle(CloseReason reason)
    {
        End(reason);
        Signal();
    }

    internal override void End(CloseReason reason)
    {
        Fix(reason);
        _transport.Close();
    }

    internal override void Abort(CloseReason reason)
    {
        Fix(reason);
        _transport.Abort();
    }

    void ITransportOwner.InputReady()
    {
        var now = RunningTime.Now;
        LastReceived = now;
        var received = BytesReceived;
        Recorder.Record(ConnectionEventKind.Received, received - _receivedBefore, now);
        _receivedBefore = received;
        Signal();
    }

    void ITransportOwner.OutputSent(int bytes, long at) => Recorder.Record(ConnectionEventKind.Sent, bytes, at);

    void ITransportOwner.PeerCompleted()
    {
        if (!_peerCompleted)
        {
            Recorder.Record(ConnectionEventKind.PeerCompleted);
        }

        LastReceived = RunningTime.Now;
        Volatile.Write(ref _peerCompletedAt, LastReceived);
        _peerCompleted = true;

        // Not before: a handler that ends with its input ends by the other side.
        _transport.Input.End();
        Signal();
    }

    void ITransportOwner.OutputDrained() => Signal();

    void ITransportOwner.OutputOverflowed() => Abort(ActorSockets.CloseReason.SlowConsumer);

    Exception ITransportOwner.CreateClosedException() =>
        new ConnectionClosedException(Id, CloseReason ?? ActorSockets.CloseReason.LocalClosed);

    void ITransportOwner.TransportEnding(CloseReason? failure) => Fix(failure ?? ActorSockets.CloseReason.TransportFailed);

    void ITransportOwner.TransportFaulted(Exception exception)
    {
        Context.Log.Error(exception, "[{0}] its transport failed: {1}", Id, exception.Message);
        Abort(ActorSockets.CloseReason.TransportFailed);
    }

    void ITransportOwner.TransportClosed()
    {
        Recorder.Record(ConnectionEventKind.SocketClosed);
        Signal();
        Volatile.Read(ref _released)?.TrySetResult();
        Context.Supervisor.Tell(new ConnectionSupervisor.Released(this), ActorRefs.NoSender);
    }

    private void Fix(CloseReason reason)
    {
        if (TryEnd(reason))
        {
            Recorder.Record(ConnectionEventKind.Ended);
        }
    }

    private async ValueTask SwitchAsync(HandlerSpec next, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        SwitchTo(next);
    }

    private Task WhenReleased()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        released = Interlocked.CompareExchange(ref _released, released, null) ?? released;
        if (_transport.IsClosed)
        {
            released.TrySetResult();
        }

        return released.Task;
    }
}
