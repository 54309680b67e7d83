using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>Keeps the connections and datagram peers of a server within the <see cref="MemoryBudget"/>: looks at them with each sweep, and more often while the budget may soon be exceeded.</summary>
internal sealed class MemoryWatch(ServerContext context, ILoggingAdapter log)
{
    /// <summary>How long until the next look while the budget may soon be exceeded.</summary>
    public static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(100);

    private const long Never = -1;

    // Who holds memory and is not read from may wait for ever for the rest of what it has begun.
    private const long LongestPause = 10_000;

    private long _exceededSince = Never;

    /// <summary>Looks at all of them.</summary>
    public void Look(IReadOnlyCollection<Peer> peers, long now)
    {
        var budget = context.Memory;
        budget.Report(context, peers.Sum(peer => peer.Held), peers.Count);
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

        var share = budget.FairShare;
        foreach (var peer in peers)
        {
            peer.PausesInput = peer.Held > share;
        }

        var most = now - _exceededSince >= LongestPause ? budget.Limit : budget.Ceiling;
        if (budget.Held > most)
        {
            budget.CloseLargest(most);
        }
    }

    private void Resume(IEnumerable<Peer> peers)
    {
        if (_exceededSince != Never)
        {
            _exceededSince = Never;
            log.Info("[{0}] connections and datagrams are within actor-sockets.memory-budget again", context.Name);
            foreach (var peer in peers)
            {
                peer.PausesInput = false;
            }
        }
    }
}
