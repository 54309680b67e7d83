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

    /// <summary>How many sockets there are before; those that earlier tests have left to the garbage collector do not go in between.</summary>
    protected static int CountSocketsBefore()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return CountSockets();
    }

    /// <summary>All connections have ended, their actors and sockets are gone, and the books balance.</summary>
    protected async Task AssertNothingIsLeftAsync(SocketServer server, int socketsBefore)
    {
        await AssertNoActorIsLeftAsync(server);
        await UntilAsync(() => CountSockets() <= socketsBefore, "no socket is left over", () => $"{CountSockets()} instead of {socketsBefore}");
        Assert.Empty(server.Connections);
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

    // Sockets only: the runtime keeps two descriptors for each thread, and starts threads as it likes.
    protected static int CountSockets() => new DirectoryInfo("/proc/self/fd").GetFiles()
        .Count(descriptor => descriptor.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
