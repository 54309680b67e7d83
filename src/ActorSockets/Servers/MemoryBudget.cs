using System.Collections.Concurrent;
using Akka.Configuration;

namespace ActorSockets.Servers;

/// <summary>What the connections and datagrams of all servers of an actor system may hold in memory (<c>actor-sockets.memory-budget</c>), and what they hold.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class MemoryBudget(long limit)
{
    public const string Key = "actor-sockets.memory-budget";

    private const string Default = "default";
    private const long Least = 1024 * 1024;

    // For all else there is as much again for the kernel and the application each, and some to spare.
    private const int ShareOfMachine = 4;

    private readonly ConcurrentDictionary<ServerContext, (long Bytes, int Peers)> _held = new(ReferenceEqualityComparer.Instance);
    private readonly Lock _closing = new();
    private long _total;
    private int _peers;

    /// <summary>Bytes.</summary>
    public long Limit => limit;

    /// <summary>Nobody has written it: it is what suits the machine.</summary>
    public bool IsDefault { get; private init; }

    /// <summary>Above this the largest connections and datagram peers are closed: a quarter more than the limit.</summary>
    public long Ceiling => limit + (limit / 4);

    /// <summary>What all of them held when they were last looked at.</summary>
    public long Held => Volatile.Read(ref _total);

    /// <summary>Nothing new is taken, and whoever holds more than <see cref="FairShare"/> is not read from.</summary>
    public bool IsExceeded => Held > limit;

    /// <summary>It may soon be exceeded.</summary>
    public bool IsNear => Held > limit / 2;

    /// <summary>If none held more, the limit would be kept.</summary>
    public long FairShare => limit / Math.Max(1, Volatile.Read(ref _peers));

    /// <summary>Reads the limit.</summary>
    /// <exception cref="ConfigurationException">It is no size, or too small.</exception>
    public static MemoryBudget Read(Config config)
    {
        var text = config.GetString(Key);
        if (text == Default)
        {
            return new MemoryBudget(Math.Max(Least, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMachine)) { IsDefault = true };
        }

        try
        {
            return config.GetByteSize(Key) is >= Least and var size ? new MemoryBudget(size) : throw new ConfigurationException($"{Key} = {text} must be at least 1MiB");
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            throw new ConfigurationException($"{Key} = {text} is not a size, as in 512MiB, or default", exception);
        }
    }

    /// <summary>Says what one server holds at this moment.</summary>
    public void Report(ServerContext server, long bytes, int peers)
    {
        _held[server] = (bytes, peers);
        Sum();
    }

    /// <summary>Closes those that hold most, of whichever server, until no more than this is held.</summary>
    public void CloseLargest(long most)
    {
        lock (_closing)
        {
            // Those that are ending already are about to give back what they hold.
            List<(Peer Peer, long Bytes)> holders = [.. _held.Keys.SelectMany(server => server.Peers).Where(peer => peer.CloseReason is null).Select(peer => (peer, peer.Held)).Where(holder => holder.Held > 0)];
            var left = holders.Sum(holder => holder.Bytes);
            foreach (var (peer, bytes) in holders.OrderByDescending(holder => holder.Bytes))
            {
                if (left <= most)
                {
                    return;
                }

                left -= bytes;
                peer.Abort(CloseReason.MemoryBudget);
            }
        }
    }

    /// <summary>A server is gone.</summary>
    public void Forget(ServerContext server)
    {
        _held.TryRemove(server, out _);
        Sum();
    }

    private void Sum()
    {
        var (bytes, peers) = (0L, 0);
        foreach (var (_, held) in _held)
        {
            (bytes, peers) = (bytes + held.Bytes, peers + held.Peers);
        }

        Volatile.Write(ref _total, bytes);
        Volatile.Write(ref _peers, peers);
    }
}
