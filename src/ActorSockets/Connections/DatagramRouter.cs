using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Connections;

/// <summary>
/// Brings the datagrams of one endpoint to their peers, and replies to the socket. Runs on the driver's receiving
/// thread, so that no queue stands in front of the bounded ones of the peers: what is too much is the kernel's to drop.
/// Peers stay when the endpoint is lost and bound again.
/// </summary>
internal sealed class DatagramRouter(ServerContext context, IActorRef server, IActorRef connections)
{
    // What an empty datagram costs, roughly.
    private const int Overhead = 128;

    private readonly ConcurrentDictionary<EndPoint, DatagramPeer> _peers = new();
    private readonly Lock _gate = new();
    private readonly Queue<(ReadOnlyMemory<byte> Data, EndPoint Remote)> _held = new();
    private volatile Mode _mode = Mode.Holding;
    private volatile Socket? _socket;
    private Endpoint? _endpoint;
    private EndPoint? _local;
    private HashSet<IPAddress> _ownAddresses = [];
    private int _count;
    private long _waiting;

    /// <summary>The endpoint, once it is bound.</summary>
    public Endpoint Endpoint => _endpoint!;

    /// <summary>True while it takes no more peers.</summary>
    public bool IsFull => Volatile.Read(ref _count) >= context.Options.MaxPeers;

    public void Bind(Endpoint bound, EndPoint local, Socket socket)
    {
        (_endpoint, _local, _socket) = (bound, local, socket);
        _ownAddresses = local is IPEndPoint ip ? OwnAddresses(ip.Address) : [];
    }

    /// <summary>Everything is delivered from now on, what was held back first.</summary>
    public void Open()
    {
        lock (_gate)
        {
            while (_held.TryDequeue(out var held))
            {
                Release(held.Data.Length);
                Deliver(held.Data, held.Remote, null);
            }

            _mode = _mode == Mode.Closed ? Mode.Closed : Mode.Open;
        }
    }

    /// <summary>Drops what comes until it is opened again.</summary>
    public void Suspend() => Refuse(Mode.Suspended);

    public void StopAccepting() => Refuse(Mode.Closed);

    /// <summary>Delivers one of those that are held back.</summary>
    /// <param name="request">Completed when it was handled.</param>
    public void DeliverHeld(ServeRequest request)
    {
        lock (_gate)
        {
            if (_held.TryDequeue(out var held))
            {
                Release(held.Data.Length);
                Deliver(held.Data, held.Remote, request);
                return;
            }
        }

        request.Complete(ServeOutcome.Rejected);
    }

    /// <summary>The socket is gone; replies fail from now on.</summary>
    public void Unbind() => _socket = null;

    public void Receive(ReadOnlyMemory<byte> data, EndPoint remote)
    {
        context.Counters.DatagramReceived();
        if (data.Length > context.Options.MaxDatagramSize)
        {
            context.Counters.Dropped(DropReason.TooLarge);
        }
        else if (_mode == Mode.Open)
        {
            Deliver(data, remote, null);
        }
        else
        {
            Hold(data, remote);
        }
    }

    public bool Send(ReadOnlyMemory<byte> data, EndPoint remote)
    {
        try
        {
            if (_socket is { } socket && HasAddress(remote))
            {
                socket.SendTo(data.Span, SocketFlags.None, remote);
                context.Counters.DatagramSent();
                return true;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            context.Log.Debug("[{0}] cannot send {1} bytes to {2}: {3}", context.Name, data.Length, remote, exception.Message);
        }

        context.Counters.DatagramSendFailed();
        return false;
    }

    /// <summary>Room for one more waiting datagram; false when there is none.</summary>
    public bool TryReserve(int bytes)
    {
        if (Interlocked.Add(ref _waiting, bytes + Overhead) <= context.Options.DatagramBuffer)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>A datagram waits no more.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _waiting, -(bytes + Overhead));

    public void Remove(DatagramPeer peer)
    {
        if (_peers.TryRemove(new KeyValuePair<EndPoint, DatagramPeer>(peer.RemoteEndPoint, peer)))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private static HashSet<IPAddress> OwnAddresses(IPAddress bound) => bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any)
        ? [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)]
        : [bound];

    // A Unix sender that is not bound has none.
    private static bool HasAddress(EndPoint remote) => remote is not UnixDomainSocketEndPoint unix || unix.ToString().Length > 0;

    private bool IsOwn(EndPoint remote) => remote is IPEndPoint ip
        ? ip.Port == ((IPEndPoint)_local!).Port && _ownAddresses.Contains(ip.Address)
        : remote.Equals(_local);

    private void Refuse(Mode mode)
    {
        lock (_gate)
        {
            _mode = _mode == Mode.Closed ? Mode.Closed : mode;
            while (_held.TryDequeue(out var held))
            {
                Release(held.Data.Length);
                context.Counters.Dropped(DropReason.NotServing);
            }
        }
    }

    private void Hold(ReadOnlyMemory<byte> data, EndPoint remote)
    {
        lock (_gate)
        {
            if (_mode == Mode.Open)
            {
                Deliver(data, remote, null);
            }
            else if (_mode != Mode.Holding)
            {
                context.Counters.Dropped(DropReason.NotServing);
            }
            else if (_held.Count >= context.Options.DatagramQueue || !TryReserve(data.Length))
            {
                context.Counters.Dropped(DropReason.QueueFull);
            }
            else
            {
                _held.Enqueue((data, remote));
                server.Tell(new Held(this), ActorRefs.NoSender);
            }
        }
    }

    private void Deliver(ReadOnlyMemory<byte> data, EndPoint remote, ServeRequest? request)
    {
        if (IsOwn(remote))
        {
            // A forged sender: the server would answer itself for ever.
            context.Counters.Dropped(DropReason.OwnAddress);
            request?.Complete(ServeOutcome.Rejected);
        }
        else if (!_peers.TryGetValue(remote, out var known) || !known.TryDeliver(data, request))
        {
            Create(data, remote, request);
        }
    }

    private void Create(ReadOnlyMemory<byte> data, EndPoint remote, ServeRequest? request)
    {
        if (IsFull)
        {
            context.Counters.Dropped(DropReason.TooManyPeers);
            request?.Complete(ServeOutcome.Rejected);
            return;
        }

        var peer = new DatagramPeer(context, context.NextPeerId(), _endpoint!, _local!, remote, this);
        if (_peers.TryRemove(remote, out _))
        {
            Interlocked.Decrement(ref _count);
        }

        _peers[remote] = peer;
        Interlocked.Increment(ref _count);
        context.Counters.Accepted();
        peer.TryDeliver(data, request);
        connections.Tell(new ConnectionSupervisor.Start(peer), ActorRefs.NoSender);
    }

    /// <summary>To the server: a datagram is held back.</summary>
    public sealed record Held(DatagramRouter Router);

    private enum Mode
    {
        Holding,
        Open,
        Suspended,
        Closed,
    }
}
