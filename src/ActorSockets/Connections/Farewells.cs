using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>The farewells of a server that are under way. Not safe for concurrent use: whoever is told that one is gone passes that on.</summary>
/// <param name="context">The server, whose options say what is said, and how many may be at a time.</param>
/// <param name="gone">Called when one is closed, on any thread.</param>
internal sealed class Farewells(ServerContext context, Action<Farewell> gone)
{
    private readonly HashSet<Farewell> _all = [];

    /// <summary>True while none is under way.</summary>
    public bool AreOver => _all.Count == 0;

    public void Say(Transport transport)
    {
        if (_all.Count >= context.Options.Backlog)
        {
            transport.Refuse(RefusalReason.ServerFull);
            return;
        }

        var farewell = new Farewell(transport, gone);
        _all.Add(farewell);
        farewell.Say(context.Options.RejectWith.Span);
    }

    public void Forget(Farewell farewell) => _all.Remove(farewell);

    public void Sweep(long now)
    {
        foreach (var farewell in _all)
        {
            farewell.Sweep(now);
        }
    }

    public void Abort()
    {
        foreach (var farewell in _all)
        {
            farewell.Abort();
        }
    }
}
