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
internal sealed class DatagramRouter(ServerContext context, IActorRef server)
{
    // What an empty datagram costs, roughly.
    private const int Overhead = 128;

    private readonly ConcurrentDictionary<PeerKey, DatagramPeer> _peers = new();
    private readonly Lock _gate = new();
    private readonly Queue<(byte[] Data, PeerKey Key)> _held = new();
    private volatile Mode _mode = Mode.Holding;
    private volatile Socket? _socket;
    private Endpoint? _endpoint;
    private EndPoint? _local;
    private HashSet<IPAddress> _ownAddresses = [];
    private bool _hasAllAddresses;
    private int _count;
    private long _waiting;

    /// <summary>The endpoint, once it is bound.</summary>
    public Endpoint Endpoint => _endpoint!;

    private Socket Socket => _socket ?? throw new ObjectDisposedException(nameof(Socket), "the endpoint is not bound");

    /// <summary>True while it takes no more peers.</summary>
    public bool IsFull => Volatile.Read(ref _count) >= context.Options.MaxPeers;

    public void Bind(Endpoint bound, EndPoint local, Socket socket)
    {
        // Nobody waits for room in a send buffer, or in the queue of a Unix peer that does not read.
        socket.Blocking = false;
        (_endpoint, _local, _socket) = (bound, local, socket);
        _hasAllAddresses = local is IPEndPoint { Address: var address } && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        _ownAddresses = _hasAllAddresses ? OwnAddresses() : local is IPEndPoint ip ? [ip.Address] : [];
    }

    /// <summary>Everything is delivered from now on, what was held back first.</summary>
    public void Open()
    {
        lock (_gate)
        {
            while (_held.TryDequeue(out var held))
            {
                Release(held.Data.Length);
                Deliver(held.Data, held.Key, null)?.Signal();
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
                Deliver(held.Data, held.Key, request)?.Signal();
                return;
            }
        }

        request.Complete(ServeOutcome.Rejected);
    }

    /// <summary>The socket is gone; replies fail from now on.</summary>
    public void Unbind() => _socket = null;

    /// <summary>Queues a datagram for its peer.</summary>
    /// <param name="data">The bytes, which are copied.</param>
    /// <param name="remote">Who has sent it; copied where it is kept.</param>
    /// <param name="asked">The address of ours that it was sent to.</param>
    /// <returns>The peer that is to be signalled, now or along with others; null: none.</returns>
    public DatagramPeer? Receive(ReadOnlySpan<byte> data, SocketAddress remote, LocalAddress asked = default)
    {
        var key = new PeerKey(remote, asked);
        context.Counters.DatagramReceived();
        if (data.Length > context.Options.MaxDatagramSize)
        {
            context.Counters.Dropped(DropReason.TooLarge);
            return null;
        }

        return _mode == Mode.Open ? Deliver(data, key, null) : Hold(data, key);
    }

    /// <summary>Sends one datagram to a peer, from the address that it asked; false where the kernel does not take it.</summary>
    public bool Send(ReadOnlySpan<byte> data, DatagramPeer peer)
    {
        var key = peer.Key;
        string? failure = null;
        try
        {
            if (!key.HasAddress)
            {
                failure = "the peer has no address";
            }
            else if (OperatingSystem.IsLinux())
            {
                failure = PacketInformation.Send(Socket, data, key.Remote, key.Asked);
            }
            else
            {
                Socket.SendTo(data, SocketFlags.None, key.Remote);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            failure = exception.Message;
        }

        return CountSent(data.Length, peer.RemoteEndPoint, failure);
    }

    /// <summary>Sends one datagram to anybody; false where the kernel does not take it.</summary>
    public bool SendTo(ReadOnlySpan<byte> data, IPEndPoint to)
    {
        string? failure = null;
        try
        {
            Socket.SendTo(data, SocketFlags.None, to);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            failure = exception.Message;
        }

        return CountSent(data.Length, to, failure);
    }

    /// <summary>Room for one more waiting datagram; false when there is none.</summary>
    public bool TryReserve(int bytes)
    {
        if (Interlocked.Add(ref _waiting, CostOf(bytes)) <= context.Options.DatagramBuffer)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>A datagram waits no more.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _waiting, -CostOf(bytes));

    /// <summary>What a datagram of this length costs while it waits.</summary>
    public static long CostOf(int bytes) => bytes + Overhead;

    public void Remove(DatagramPeer peer)
    {
        if (_peers.TryRemove(new KeyValuePair<PeerKey, DatagramPeer>(peer.Key, peer)))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private static HashSet<IPAddress> OwnAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)];

    private bool CountSent(int length, EndPoint to, string? failure)
    {
        if (failure is null)
        {
            context.Counters.DatagramSent();
            return true;
        }

        context.Log.Debug("[{0}] cannot send {1} bytes to {2}: {3}", context.Name, length, to, failure);
        context.Counters.DatagramSendFailed();
        return false;
    }

    private bool IsOwn(EndPoint remote) => remote is IPEndPoint ip
        ? ip.Port == ((IPEndPoint)_local!).Port && (_ownAddresses.Contains(ip.Address) || (_hasAllAddresses && IPAddress.IsLoopback(ip.Address)))
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

    private DatagramPeer? Hold(ReadOnlySpan<byte> data, PeerKey key)
    {
        lock (_gate)
        {
            if (_mode == Mode.Open)
            {
                return Deliver(data, key, null);
            }

            if (_mode != Mode.Holding)
            {
                context.Counters.Dropped(DropReason.NotServing);
            }
            else if (_held.Count >= context.Options.DatagramQueue || !TryReserve(data.Length))
            {
                context.Counters.Dropped(DropReason.QueueFull);
            }
            else
            {
                _held.Enqueue((data.ToArray(), key.Copy()));
                server.Tell(new Held(this), ActorRefs.NoSender);
            }

            return null;
        }
    }

    private DatagramPeer? Deliver(ReadOnlySpan<byte> data, PeerKey key, ServeRequest? request) =>
        _peers.TryGetValue(key, out var known) && known.TryDeliver(data, request) ? known : Create(data, key, request);

    /// <returns>Null: it is signalled when its actor is there.</returns>
    private DatagramPeer? Create(ReadOnlySpan<byte> data, PeerKey key, ServeRequest? request)
    {
        if (IsFull)
        {
            return Refuse(DropReason.TooManyPeers, request);
        }

        if (context.Memory.IsExceeded)
        {
            return Refuse(DropReason.MemoryBudget, request);
        }

        var remote = Transport.Plain(_local!.Create(key.Remote));
        if (!context.Gate.LetsIn(remote))
        {
            return Refuse(DropReason.NotAllowed, request);
        }

        if (IsOwn(remote))
        {
            // A forged sender: the server would answer itself for ever.
            return Refuse(DropReason.OwnAddress, request);
        }

        var local = key.Asked.IsKnown ? new IPEndPoint(key.Asked.ToIPAddress(), ((IPEndPoint)_local).Port) : _local;
        var peer = new DatagramPeer(context, context.NextPeerId(), _endpoint!, local, remote, key.Copy(), this);
        if (_peers.TryRemove(key, out _))
        {
            Interlocked.Decrement(ref _count);
        }

        _peers[peer.Key] = peer;
        Interlocked.Increment(ref _count);
        context.Counters.Accepted();
        peer.TryDeliver(data, request);
        context.Add(peer);
        context.Supervisor.Tell(new ConnectionSupervisor.Start(peer), ActorRefs.NoSender);
        return null;
    }

    private DatagramPeer? Refuse(DropReason reason, ServeRequest? request)
    {
        context.Counters.Dropped(reason);
        request?.Complete(ServeOutcome.Rejected);
        return null;
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
