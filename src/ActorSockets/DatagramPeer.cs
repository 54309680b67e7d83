using System.Net;
using ActorSockets.Connections;
using ActorSockets.Servers;

namespace ActorSockets;

/// <summary>
/// One sender of datagrams to one address of ours. It begins with the first datagram and ends when nothing came for
/// <c>datagram.peer-timeout</c>; the next datagram begins a new one. Where an endpoint listens on all addresses
/// (<c>0.0.0.0</c>, <c>[::]</c>) of a Linux machine by the driver <c>native</c>, <see cref="Peer.LocalEndPoint"/> is the one that was asked, who asks
/// two of them is two peers, and each is answered from the address that it asked. Elsewhere the kernel chooses the address.
/// </summary>
public sealed class DatagramPeer : Peer
{
    private const long Never = -1;

    private readonly DatagramRouter _router;
    private readonly Queue<WaitingDatagram> _inbox = new();
    private bool _closed;
    private bool _isBeingHandled;
    private long _held;
    private volatile bool _pausesInput;
    private long _busySince = Never;
    private volatile bool _closeRequested;
    private long _sendFailures;

    internal DatagramPeer(ServerContext server, string id, Endpoint endpoint, EndPoint local, EndPoint remote, PeerKey key, DatagramRouter router)
        : base(server, id, endpoint, local, remote) => (Key, _router) = (key, router);

    /// <summary>Datagrams to this peer that the kernel did not take: too long, forbidden, no way there, the queue or the send buffer is full. No such failure ends the peer.</summary>
    public long SendFailures => Interlocked.Read(ref _sendFailures);

    internal PeerKey Key { get; }

    /// <inheritdoc/>
    internal override bool IsReleased => true;

    internal override bool CloseRequested => _closeRequested;

    /// <inheritdoc/>
    internal override long Held => Volatile.Read(ref _held);

    /// <inheritdoc/>
    internal override bool PausesInput
    {
        set => _pausesInput = value;
    }

    private bool IsIdle
    {
        get
        {
            lock (_inbox)
            {
                return !IsBusy && _inbox.Count == 0;
            }
        }
    }

    /// <summary>True while a datagram is being handled asynchronously, so that the peer does not expire under it.</summary>
    internal bool IsBusy
    {
        get => Volatile.Read(ref _busySince) != Never;
        set => Volatile.Write(ref _busySince, value ? RunningTime.Now : Never);
    }

    /// <summary>Sends one datagram to this peer, from the endpoint that it talks to; also without being asked.</summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <returns>Whether the kernel took it; failures are counted in <see cref="SendFailures"/>.</returns>
    public bool Send(ReadOnlyMemory<byte> data)
    {
        if (_router.Send(data.Span, this))
        {
            return true;
        }

        Interlocked.Increment(ref _sendFailures);
        return false;
    }

    /// <summary>
    /// Sends one datagram to somebody else, from the endpoint that this peer talks to: to a broadcast address (with
    /// <c>datagram.broadcast</c>), to a multicast group (by <c>datagram.multicast</c>), or to another host.
    /// </summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <param name="to">Whom to.</param>
    /// <returns>Whether the kernel took it; failures are counted by the server.</returns>
    public bool SendTo(ReadOnlyMemory<byte> data, IPEndPoint to)
    {
        ArgumentNullException.ThrowIfNull(to);
        return _router.SendTo(data.Span, to);
    }

    /// <inheritdoc/>
    public override void Close()
    {
        _closeRequested = true;
        Signal();
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(ActorSockets.CloseReason.LocalAborted);

    internal override string HandlerDescription => Context.Handlers.Datagrams!.Description;

    internal override HandlerInstance CreateHandler() => Context.Handlers.Datagrams!.CreateActor();

    /// <summary>Queues a datagram, which <see cref="Peer.Signal"/> then tells of; false when this peer has ended, so that a new one must take it.</summary>
    internal bool TryDeliver(ReadOnlySpan<byte> data, ServeRequest? request)
    {
        lock (_inbox)
        {
            if (_closed)
            {
                return false;
            }

            LastReceived = RunningTime.Now;
            if (_pausesInput)
            {
                CountDropped(request, DropReason.MemoryBudget);
                return true;
            }

            if (_inbox.Count >= Context.Options.DatagramQueue || !_router.TryReserve(data.Length))
            {
                CountDropped(request, DropReason.QueueFull);
                return true;
            }

            _inbox.Enqueue(WaitingDatagram.Copy(data, request));
            _held += DatagramRouter.CostOf(data.Length);
        }

        return true;
    }

    internal bool TryTake(out WaitingDatagram datagram)
    {
        lock (_inbox)
        {
            // Who holds the thread with one datagram asks for the next one afterwards.
            if (!(_isBeingHandled = _inbox.TryDequeue(out datagram)))
            {
                return false;
            }

            _held -= DatagramRouter.CostOf(datagram.Length);
        }

        _router.Release(datagram.Length);
        return true;
    }

    /// <summary>One of its datagrams was not handled, or not to the end; nobody looks at it any more.</summary>
    internal void Drop(WaitingDatagram datagram, DropReason reason)
    {
        datagram.Return();
        CountDropped(datagram.Request, reason);
    }

    internal void CountDropped(ServeRequest? request, DropReason reason)
    {
        Context.Counters.Dropped(reason);
        request?.Complete(reason == DropReason.HandlerFailed ? ServeOutcome.Handled : ServeOutcome.Rejected);
    }

    /// <summary>Ends the peer at the end of its actor's turn, when it was asked to, or has nothing left to do while the server stops.</summary>
    /// <returns>Whether it has ended.</returns>
    internal bool EndIfDone()
    {
        if (_closeRequested)
        {
            End(ActorSockets.CloseReason.LocalClosed);
        }
        else if (ServerStopping.IsCancellationRequested && IsIdle)
        {
            End(ActorSockets.CloseReason.ServerStopping);
        }

        return CloseReason is not null;
    }

    internal override void End(CloseReason reason)
    {
        lock (_inbox)
        {
            _closed = true;
            while (_inbox.TryDequeue(out var datagram))
            {
                _router.Release(datagram.Length);
                Drop(datagram, DropReason.PeerClosed);
            }

            _held = 0;
        }

        if (TryEnd(reason))
        {
            _router.Remove(this);
        }
    }

    internal override void Abort(CloseReason reason)
    {
        End(reason);
        Signal();
    }

    internal override void Sweep(long now)
    {
        if (Context.Options.HandlerTimeout is { } limit && Volatile.Read(ref _busySince) is not Never and var since && now - since >= limit.TotalMilliseconds)
        {
            Abort(ActorSockets.CloseReason.HandlerTimeout);
            return;
        }

        lock (_inbox)
        {
            if (_closed || IsBusy || _isBeingHandled || _inbox.Count > 0 || now - LastReceived < Context.Options.PeerTimeout.TotalMilliseconds)
            {
                return;
            }

            _closed = true;
        }

        Abort(ActorSockets.CloseReason.IdleTimeout);
    }
}
