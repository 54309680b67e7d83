using System.Collections.Concurrent;
using Akka.Configuration;

namespace ActorSockets.Servers;

/// <summary>What the connections and datagrams of all servers of an actor system may hold in memory (<c>actor-sockets.memory-budget</c>), and what they hold.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class MemoryBudget(long limit)
{
    private const string Key = "actor-sockets.memory-budget";
    private const string Default = "default";
    private const long Least = 1024 * 1024;

    // For all else there is as much again for the kernel and the application each, and some to spare.
    private const int ShareOfMachine = 4;

    private readonly ConcurrentDictionary<object, (long Bytes, int Connections)> _held = new(ReferenceEqualityComparer.Instance);
    private long _total;
    private int _connections;

    /// <summary>Bytes.</summary>
    public long Limit => limit;

    /// <summary>Above this the largest connections are closed: a quarter more than the limit.</summary>
    public long Ceiling => limit + (limit / 4);

    /// <summary>What all of them held when they were last looked at.</summary>
    public long Held => Volatile.Read(ref _total);

    /// <summary>Nothing new is taken, and whoever holds more than <see cref="FairShare"/> is not read from.</summary>
    public bool IsExceeded => Held > limit;

    /// <summary>If none held more, the limit would be kept.</summary>
    public long FairShare => limit / Math.Max(1, Volatile.Read(ref _connections));

    /// <summary>Reads the limit.</summary>
    /// <exception cref="ConfigurationException">It is no size, or too small.</exception>
    public static MemoryBudget Read(Config config)
    {
        var text = config.GetString(Key);
        if (text == Default)
        {
            return new MemoryBudget(Math.Max(Least, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMachine));
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
    public void Report(object server, long bytes, int connections)
    {
        _held[server] = (bytes, connections);
        Sum();
    }

    /// <summary>A server is gone.</summary>
    public void Forget(object server)
    {
        _held.TryRemove(server, out _);
        Sum();
    }

    private void Sum()
    {
        var (bytes, connections) = (0L, 0);
        foreach (var (_, held) in _held)
        {
            (bytes, connections) = (bytes + held.Bytes, connections + held.Connections);
        }

        Volatile.Write(ref _total, bytes);
        Volatile.Write(ref _connections, connections);
    }
}
