using System.Net;
using System.Threading.RateLimiting;
using ActorSockets.Drivers.Native;
using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>
/// One connection's bytes, as a driver gives them: an input window, an output buffer, the ways to end. It is an
/// object, not an actor, and it outlives a restart of the connection actor.
/// </summary>
internal abstract class Transport
{
    /// <summary>What is read or written at a time, at most. Akka.IO's default of 4 KiB costs more than twice the CPU time on large messages.</summary>
    public const int FrameSize = 64 * 1024;

    private RateLimitLease? _lease;
    private AcceptGate? _gate;

    public abstract EndPoint LocalEndPoint { get; }

    public abstract EndPoint RemoteEndPoint { get; }

    /// <summary>What it holds of <c>max-connections-per-address</c> until its socket is closed; null: nothing.</summary>
    public RateLimitLease? Lease
    {
        init => _lease = value;
    }

    /// <summary>Where it has come in; null: it was not accepted here.</summary>
    public AcceptGate? Gate
    {
        init => _gate = value;
    }

    /// <summary>What a proxy says about it; null where there is none.</summary>
    public virtual ProxyHeader? ProxyHeader => null;

    /// <summary>Who is at the other end, where the kernel knows.</summary>
    public virtual PeerCredentials? PeerCredentials => null;

    /// <summary>What the handshake came to; null without TLS.</summary>
    public virtual TlsDetails? Tls => null;

    /// <summary>What has arrived and was not consumed; completed by the other side's FIN.</summary>
    public abstract InputBuffer Input { get; }

    /// <summary>What is to be sent. A flush waits while more than the high-water mark is unsent.</summary>
    public abstract OutputBuffer Output { get; }

    /// <summary>Bytes that have arrived so far.</summary>
    public abstract long BytesReceived { get; }

    /// <summary>Bytes that the kernel has taken so far.</summary>
    public abstract long BytesSent { get; }

    /// <summary>True once the socket is closed.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>True when something is to be sent and the other side has taken nothing for the write stall timeout. Called once per second.</summary>
    public abstract bool IsStalled(long now);

    /// <summary>Says whose bytes these are, before anything else.</summary>
    public abstract void Attach(ITransportOwner owner);

    /// <summary>Begins to read and write.</summary>
    public abstract void Start();

    /// <summary>
    /// Goes on by TLS (STARTTLS): what was written is sent, then the go-ahead, and then hands are shaken. One at a time, and nobody writes meanwhile.
    /// </summary>
    /// <param name="tls">What is done in the handshake.</param>
    /// <param name="goAhead">What tells the other side to begin.</param>
    /// <param name="cancellationToken">Gives up: before the go-ahead nothing has happened, afterwards the connection is cut.</param>
    /// <exception cref="NotSupportedException">The driver cannot.</exception>
    /// <exception cref="InvalidOperationException">The server has no TLS, or the connection has it already.</exception>
    /// <exception cref="ProtocolException">Something has come that was not consumed; nothing of the go-ahead was sent.</exception>
    /// <exception cref="Exception">The handshake failed, and the connection has ended.</exception>
    public abstract Task StartTlsAsync(ServerTls tls, ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken);

    /// <summary>Sends what was written, then FIN; the other side can go on sending.</summary>
    public abstract void CompleteOutput();

    /// <summary>Sends what was written, then FIN, reads on for the linger time so that no reset destroys what was sent, and closes.</summary>
    public abstract void Close();

    /// <summary>Drops what is unsent and resets the connection.</summary>
    public abstract void Abort();

    /// <summary>Ends a connection that was never started; see <see cref="RefusalReasons.IsForWantOfRoom"/>.</summary>
    public abstract void Refuse(RefusalReason reason);

    /// <summary>An address as users know it: IPv4 peers of a dual-stack socket have IPv4 addresses.</summary>
    public static EndPoint Plain(EndPoint address) => address is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
        ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port)
        : address;

    /// <summary>Exchanges what it holds of <c>max-connections-per-address</c>: others are in force, by another gate. Nothing happens the second time.</summary>
    public void EnterAgain(AcceptGate gate)
    {
        if (Interlocked.Exchange(ref _gate, gate) == gate)
        {
            return;
        }

        Interlocked.Exchange(ref _lease, gate.Hold(RemoteEndPoint))?.Dispose();
        if (IsClosed)
        {
            EndLease();
        }
    }

    /// <summary>Its socket is closed.</summary>
    protected void EndLease() => Interlocked.Exchange(ref _lease, null)?.Dispose();

    /// <summary>Ends a linger whose time is over.</summary>
    public abstract void Sweep(long now);
}
