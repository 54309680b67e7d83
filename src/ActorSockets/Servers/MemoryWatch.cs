using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>Keeps the connections of a server within the <see cref="MemoryBudget"/>: looks at them with each sweep.</summary>
internal sealed class MemoryWatch(ServerContext context, ILoggingAdapter log)
{
    private const long Never = -1;

    // Who holds memory and is not read from may wait for ever for the rest of what it has begun.
    private const long LongestPause = 10_000;

    private long _exceededSince = Never;

    /// <summary>Looks at all of them.</summary>
    public void Look(IReadOnlyCollection<Peer> peers, long now)
    {
        var budget = context.Memory;
        budget.Report(context, peers.Sum(peer => (peer as Connection)?.Held ?? 0) + context.Routers.Sum(router => router.HeldBytes), peers.Count);
        if (!budget.IsExceeded)
        {
            Resume(peers);
            return;
        }

        if (_exceededSince == Never)
        {
            _exceededSince = now;
            log.Warning("[{0}] connections and datagrams hold {1} bytes, more than actor-sockets.memory-budget = {2}: new ones are refused, and those that hold most are not read from", context.Name, budget.Held, budget.Limit);
        }

        List<Connection> connections = [.. peers.OfType<Connection>()];
        var share = budget.FairShare;
        connections.ForEach(connection => connection.PausesInput = connection.Held > share);
        Shed(connections, now - _exceededSince >= LongestPause ? budget.Limit : budget.Ceiling);
    }

    private void Resume(IEnumerable<Peer> peers)
    {
        if (_exceededSince != Never)
        {
            _exceededSince = Never;
            log.Info("[{0}] connections and datagrams are within actor-sockets.memory-budget again", context.Name);
            foreach (var connection in peers.OfType<Connection>())
            {
                connection.PausesInput = false;
            }
        }
    }

    /// <summary>Closes the largest until no more than this is held.</summary>
    private void Shed(List<Connection> connections, long most)
    {
        var left = context.Memory.Held;
        foreach (var largest in left > most ? connections.OrderByDescending(connection => connection.Held).ToList() : [])
        {
            if (left <= most || largest.Held == 0)
            {
                return;
            }

            left -= largest.Held;
            largest.Abort(CloseReason.MemoryBudget);
        }
    }
}
