using System.Collections.Concurrent;
using System.Net;
using ActorSockets.Diagnostics;
using ActorSockets.Servers;
using ActorSockets.Supervision;
using Akka.Actor;

namespace ActorSockets;

/// <summary>
/// What is at the other end: a <see cref="Connection"/> or a <see cref="DatagramPeer"/>. It outlives restarts of its
/// actor, so <see cref="Items"/> is the place for state that a fresh handler shall find again.
/// </summary>
public abstract class Peer
{
    private const int NotEnded = -1;

    private CancellationTokenSource? _closed;
    private int _reason = NotEnded;
    private int _signalled;
    private bool _knowsOfStop;
    private IActorRef _self = ActorRefs.Nobody;
    private ConcurrentDictionary<string, object>? _items;

    private protected Peer(ServerContext server, string id, Endpoint endpoint, EndPoint local, EndPoint remote)
    {
        (Context, Id, Endpoint, LocalEndPoint, RemoteEndPoint) = (server, id, endpoint, local, remote);
        LastReceived = RunningTime.Now;
        Failures = new FailureBudget(server.Options.PolicyFor(endpoint), server.Storm);
    }

    /// <summary>The id, such as <c>echo-17</c>: the server's name and a number that is never used again while the server lives. It is also the name of the actor.</summary>
    public string Id { get; }

    /// <summary>The name of the server.</summary>
    public string Server => Context.Name;

    /// <summary>The endpoint that it came in by, as bound.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>Our address. IPv4 peers of a dual-stack endpoint have IPv4 addresses here.</summary>
    public EndPoint LocalEndPoint { get; }

    /// <summary>The other side's address (<c>socketserver.BaseRequestHandler.client_address</c>).</summary>
    public EndPoint RemoteEndPoint { get; }

    /// <summary>
    /// The actor of this connection or peer. Tell it what you like: a <see cref="ConnectionActor"/> or
    /// <see cref="DatagramActor"/> receives it like any actor. It stays the same across restarts.
    /// </summary>
    public IActorRef Self => _self;

    /// <summary>State that belongs to the connection rather than to the handler: it survives restarts. Safe for concurrent use.</summary>
    public IDictionary<string, object> Items
    {
        get
        {
            if (_items is null)
            {
                Interlocked.CompareExchange(ref _items, new ConcurrentDictionary<string, object>(StringComparer.Ordinal), null);
            }

            return _items;
        }
    }

    /// <summary>Cancelled when the server begins to drain: finish what is under way and return.</summary>
    public CancellationToken ServerStopping => Context.Stopping;

    /// <summary>
    /// Cancelled when this connection or peer has ended, whatever the reason. A handler that waits for something else than
    /// its connection must watch it: until the handler returns, it keeps its place among <c>max-connections</c>.
    /// </summary>
    public CancellationToken Closed
    {
        get
        {
            // Few ask, and each source costs memory and a cancellation.
            LazyInitializer.EnsureInitialized(ref _closed, static () => new CancellationTokenSource());

            // Either this sees that it has ended, or the end sees the source.
            Interlocked.MemoryBarrier();
            if (CloseReason is not null)
            {
                _closed.CancelInBackground(Context.Log, Id);
            }

            return _closed.Token;
        }
    }

    /// <summary>Why it ended; null while it lives.</summary>
    public CloseReason? CloseReason => Volatile.Read(ref _reason) is var reason and not NotEnded ? (CloseReason)reason : null;

    internal ServerContext Context { get; }

    internal FailureBudget Failures { get; }

    /// <summary>What serves it, for messages.</summary>
    internal abstract string HandlerDescription { get; }

    /// <summary>When the other side was last heard, in milliseconds of <see cref="RunningTime"/>.</summary>
    internal long LastReceived { get; set; }

    /// <summary>Set where the reason is known before the actor stops (a failure, the drain deadline).</summary>
    internal CloseReason? PendingReason { get; set; }

    /// <summary>Its handler was told that the server stops; what it wrote then counts as unsent already.</summary>
    internal bool KnowsOfStop
    {
        get => Volatile.Read(ref _knowsOfStop);
        set => Volatile.Write(ref _knowsOfStop, value);
    }

    /// <summary>It had to go before it had finished, while the server stopped.</summary>
    internal bool IsCut { get; set; }

    /// <summary>The last handler that could be made: it is told the end.</summary>
    internal IToldClosed? LastHandler { get; set; }

    /// <summary>
    /// Ends it gracefully: what was written is sent first. Its actor stops at the end of its current turn, or when the
    /// request handler that it runs returns; reads and writes of that one fail from now on.
    /// Safe from any thread, and more than once.
    /// </summary>
    public abstract void Close();

    /// <summary>Ends it at once: unsent output is dropped, and a stream's other side sees a reset. Safe from any thread, and more than once.</summary>
    public abstract void Abort();

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({RemoteEndPoint})";

    /// <summary>Asked to close, at the end of the current turn.</summary>
    internal abstract bool CloseRequested { get; }

    /// <summary>False for what is no error of the handler: a cancellation, and a read or write of a connection that has ended.</summary>
    internal bool IsFailure(Exception exception) =>
        exception is not OperationCanceledException && (CloseReason is null || exception is not (IOException or ObjectDisposedException));

    /// <summary>Makes a fresh actor.</summary>
    internal abstract HandlerInstance CreateHandler();

    /// <summary>Begins to serve: the actor exists.</summary>
    internal virtual void Start(IActorRef self)
    {
        _self = self;

        // Unconditional: a signal before now went to nobody.
        Volatile.Write(ref _signalled, 1);
        self.Tell(PeerSignal.Instance, ActorRefs.NoSender);
    }

    /// <summary>Ends it from the supervisor's side, after the actor has stopped.</summary>
    internal abstract void End(CloseReason reason);

    /// <summary>Makes what a failed handler had read and not consumed there again for the next one.</summary>
    internal virtual void TakeBackInput()
    {
    }

    /// <summary>Cuts it from the supervisor's side, with a reason of its own.</summary>
    internal abstract void Abort(CloseReason reason);

    /// <summary>Bytes that it holds in memory.</summary>
    internal abstract long Held { get; }

    /// <summary>While it is set, nothing more is taken from the other side.</summary>
    internal abstract bool PausesInput { set; }

    /// <summary>Checks the deadlines; called once per second.</summary>
    internal abstract void Sweep(long now);

    /// <summary>True when the driver has let go of it as well, so that nothing of it is left.</summary>
    internal abstract bool IsReleased { get; }

    /// <summary>Wakes the actor to look at its peer's state. At most one such message is in its mailbox.</summary>
    internal void Signal()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            _self.Tell(PeerSignal.Instance, ActorRefs.NoSender);
        }
    }

    /// <summary>From now on a change is signalled again; called before the actor looks, and what it reads must not be read earlier.</summary>
    internal void AcceptSignal() => Interlocked.Exchange(ref _signalled, 0);

    /// <summary>Its actor has stopped: nobody looks any more.</summary>
    internal void StopSignals() => Volatile.Write(ref _signalled, 1);

    /// <summary>Fixes the close reason; false when there is one already.</summary>
    private protected bool TryEnd(CloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, NotEnded) != NotEnded)
        {
            return false;
        }

        Volatile.Read(ref _closed)?.CancelInBackground(Context.Log, Id);
        return true;
    }
}
