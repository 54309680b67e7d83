using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Tests.Faults;

/// <summary>Sees that nothing of a server's connections is left over. Alone, because other tests open sockets as well.</summary>
public abstract class LeftoverTest : ServerTest
{
    // The test kit's own listener writes a line for each message that a connection has not lived to see, whatever the log level.
    protected LeftoverTest()
        : base(configuration: "akka { loggers = [\"Akka.Event.DefaultLogger\"], log-dead-letters = off }")
    {
    }

    /// <summary>All connections have ended, their actors and what they had of the process are gone, and the books balance.</summary>
    private protected async Task AssertNothingIsLeftAsync(SocketServer server, Holdings before)
    {
        await AssertNoActorIsLeftAsync(server);
        Assert.Empty(server.Connections);
        await before.ComeBackAsync();
    }

    protected async Task AssertNoActorIsLeftAsync(SocketServer server)
    {
        await UntilAsync(() => server.Statistics.Active == 0, "all have ended", () => $"{server.Statistics.Active} are left");
        var connections = (ActorRefWithCell)await Sys.ActorSelection(server.Actor.Path / "connections").ResolveOne(Deadline);
        var akkas = (ActorRefWithCell)Sys.Tcp();
        await UntilAsync(
            () => !connections.Children.Any() && !akkas.Children.OfType<ActorRefWithCell>().SelectMany(listener => listener.Children).Any(),
            "no actor is left over");
        await AssertBalancedAsync(server);
    }
}
