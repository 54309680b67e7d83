using System.Diagnostics.CodeAnalysis;
using System.Net;
using ActorSockets.Connections;
using ActorSockets.Servers;
using ActorSockets.Supervision;
using Akka.Actor;

namespace ActorSockets;

/// <summary>
/// One sender of datagrams to one endpoint. It begins with the first datagram and ends when nothing came for
/// <c>datagram.peer-timeout</c>; the next datagram begins a new one.
/// </summary>
public sealed class DatagramPeer : Peer
{
    private const long Never = -1;

    private readonly DatagramRouter _router;
    private readonly Queue<Datagram> _inbox = new();
    private bool _closed;
    private long _busySince = Never;
    private volatile bool _closeRequested;

    internal DatagramPeer(ServerContext server, string id, Endpoint endpoint, EndPoint local, EndPoint remote, DatagramRouter router)
        : base(server, id, endpoint, local, remote) => _router = router;

    /// <inheritdoc/>
    internal override bool IsReleased => true;

    internal override bool CloseRequested => _closeRequested;

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
        set => Volatile.Write(ref _busySince, value ? Environment.TickCount64 : Never);
    }

    /// <summary>Sends one datagram to this peer, from the endpoint that it talks to; also without being asked.</summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <returns>Whether the kernel took it; failures are counted.</returns>
    public bool Send(ReadOnlyMemory<byte> data) => _router.Send(data, RemoteEndPoint);

    /// <inheritdoc/>
    public override void Close()
    {
        _closeRequested = true;
        Signal();
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(ActorSockets.CloseReason.LocalAborted);

    internal override Props CreateProps() =>
        Props.CreateBy(new PeerActorProducer(this, Context.Handlers.Datagrams!.ActorType, Context.Handlers.Datagrams.CreateActor));

    /// <summary>Queues a datagram; false when this peer has ended, so that a new one must take it.</summary>
    internal bool TryDeliver(ReadOnlyMemory<byte> data, ServeRequest? request)
    {
        var datagram = new Datagram(this, data, request);
        lock (_inbox)
        {
            if (_closed)
            {
                return false;
            }

            LastReceived = Environment.TickCount64;
            if (_inbox.Count >= Context.Options.DatagramQueue || !_router.TryReserve(data.Length))
            {
                datagram.Drop(DropReason.QueueFull);
                return true;
            }

            _inbox.Enqueue(datagram);
        }

        Signal();
        return true;
    }

    internal bool TryTake([NotNullWhen(true)] out Datagram? datagram)
    {
        lock (_inbox)
        {
            if (!_inbox.TryDequeue(out datagram))
            {
                return false;
            }
        }

        _router.Release(datagram.Data.Length);
        return true;
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
                _router.Release(datagram.Data.Length);
                datagram.Drop(DropReason.PeerClosed);
            }
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
            if (_closed || IsBusy || _inbox.Count > 0 || now - LastReceived < Context.Options.PeerTimeout.TotalMilliseconds)
            {
                return;
            }

            _closed = true;
        }

        Abort(ActorSockets.CloseReason.IdleTimeout);
    }
}
