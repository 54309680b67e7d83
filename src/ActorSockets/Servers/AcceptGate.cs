using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace ActorSockets.Servers;

/// <summary>What a connection must pass before a place is looked for: <c>allow</c> and <c>deny</c>, <c>memory-budget</c>, <c>max-connections-per-address</c>, <c>accept-rate</c>.</summary>
internal sealed class AcceptGate : IDisposable
{
    // Whoever has one IPv6 address has all that begin like it.
    private const int BytesOfIPv6Network = 8;

    // The shortest time in which the rate allows something more.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly AddressFilter _filter;
    private readonly PartitionedRateLimiter<IPAddress>? _perAddress;
    private readonly TokenBucketRateLimiter? _rate;
    private readonly MemoryBudget? _memory;
    private readonly bool _waits;

    /// <param name="options">The server's.</param>
    /// <param name="memory">Above it nobody is let in; null: there is none.</param>
    public AcceptGate(SocketServerOptions options, MemoryBudget? memory = null)
    {
        (_filter, _memory, _waits) = (new AddressFilter(options.Allow, options.Deny), memory, options.Overflow == Overflow.Wait);
        _perAddress = options.MaxConnectionsPerAddress is { } most ? PerAddress(most) : null;
        _rate = options.AcceptRate is { } perSecond ? Rate(perSecond) : null;
    }

    /// <summary>Whether <c>allow</c> and <c>deny</c> let in who is at this address.</summary>
    /// <param name="remote">Not an IPv4 address in IPv6's clothes.</param>
    public bool LetsIn(EndPoint remote) => _filter.LetsIn(remote);

    /// <summary>Before the next connection is accepted: with <c>overflow = wait</c>, whoever comes too fast waits in the kernel's queue.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask WhenOneMoreMayComeAsync(CancellationToken cancellationToken) =>
        _waits && _rate is { } rate ? PaceAsync(rate, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Lets a connection in, or not.</summary>
    /// <param name="remote">Its address.</param>
    /// <param name="lease">What it holds until its socket is closed; null: nothing.</param>
    /// <returns>Why it is not let in; null where it is.</returns>
    public RefusalReason? Enter(EndPoint remote, out RateLimitLease? lease)
    {
        lease = null;
        if (!_filter.LetsIn(remote))
        {
            return RefusalReason.NotAllowed;
        }

        if (_memory is { IsExceeded: true })
        {
            return RefusalReason.MemoryBudget;
        }

        if (_perAddress is not null && remote is IPEndPoint { Address: var address })
        {
            lease = _perAddress.AttemptAcquire(address);
            if (!lease.IsAcquired)
            {
                lease = null;
                return RefusalReason.AddressFull;
            }
        }

        if (_rate is null || _waits || _rate.AttemptAcquire().IsAcquired)
        {
            return null;
        }

        lease?.Dispose();
        lease = null;
        return RefusalReason.TooFast;
    }

    /// <summary>What a connection that is in already holds; null: nothing, also where there are more than may be from its address.</summary>
    public RateLimitLease? Hold(EndPoint remote) =>
        _perAddress is not null && remote is IPEndPoint { Address: var address } && _perAddress.AttemptAcquire(address) is { IsAcquired: true } lease ? lease : null;

    public void Dispose()
    {
        _perAddress?.Dispose();
        _rate?.Dispose();
    }

    private static async ValueTask PaceAsync(TokenBucketRateLimiter rate, CancellationToken cancellationToken) =>
        await rate.AcquireAsync(1, cancellationToken).ConfigureAwait(false);

    private static PartitionedRateLimiter<IPAddress> PerAddress(int most)
    {
        ConcurrencyLimiterOptions Limit(IPAddress _) => new() { PermitLimit = most, QueueLimit = 0 };
        return PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetConcurrencyLimiter(NetworkOf(address), Limit));
    }

    private static TokenBucketRateLimiter Rate(int perSecond)
    {
        var atOnce = Math.Max(1, (int)(perSecond * Step.TotalSeconds));
        return new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond,
            TokensPerPeriod = atOnce,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)atOnce / perSecond),
            QueueLimit = int.MaxValue,
        });
    }

    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[BytesOfIPv6Network..].Clear();
        return new IPAddress(bytes);
    }
}
