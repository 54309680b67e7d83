using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Tests;

/// <summary>What is left over. Alone, because other tests open sockets and start timers as well.</summary>
[Collection(nameof(Alone))]
public sealed class BooksTests : ServerTest
{
    [SkippableTheory]
    [InlineData(typeof(CounterActor))]
    [InlineData(typeof(CounterHandler))]
    public async Task A_thousand_crashes_on_one_connection_leave_a_hundred_others_alone_and_nothing_over(Type handler)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "descriptors are counted in /proc");
        var server = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!).OnFailure(RestartPolicy.Restart(max: -1)));
        await CrashAsync(server, crashes: 1, others: 1);
        await EndedAsync(server);

        // Sockets that earlier tests have left to the garbage collector must not go in between.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (sockets, timers) = (CountSockets(), Timer.ActiveCount);

        await CrashAsync(server, crashes: 1000, others: 100);
        Assert.Equal(1 + 1000, server.Statistics.Restarts);
        Assert.Equal(2 + 101, server.Statistics.Accepted);

        await EndedAsync(server);
        Assert.Equal(2 + 101, server.Statistics.Closed.Values.Sum());
        await UntilAsync(() => CountSockets() <= sockets, "no socket is left over", () => $"{CountSockets()} instead of {sockets}");
        await UntilAsync(() => Timer.ActiveCount <= timers, "no timer is left over", () => $"{Timer.ActiveCount} instead of {timers}");
    }

    /// <summary>The others go on with their exchanges until the last crash has happened.</summary>
    private static async Task CrashAsync(SocketServer server, int crashes, int others)
    {
        using var crashing = await ConnectAsync(server);
        var crashed = CrashAsync(crashing, crashes);
        await Task.WhenAll(Enumerable.Range(0, others).Select(async _ =>
        {
            using var other = await ConnectAsync(server);
            for (var line = 1; line <= 3 || !crashed.IsCompleted; line++)
            {
                await SendAsync(other, "x\n");
                await ExpectAsync(other, $"{line} x\n");
            }
        }));
        await crashed;
    }

    private static async Task CrashAsync(TcpClient client, int crashes)
    {
        for (var crash = 0; crash < crashes; crash++)
        {
            await SendAsync(client, "before\ncrash\n");
            await ExpectAsync(client, "1 before\n");
        }

        await SendAsync(client, "end\n");
        await ExpectAsync(client, "1 end\n");
    }

    private async Task EndedAsync(SocketServer server)
    {
        await UntilAsync(() => server.Statistics.Active == 0, "all connections ended");
        var connections = (ActorRefWithCell)await Sys.ActorSelection(server.Actor.Path / "connections").ResolveOne(Deadline);
        var akkas = (ActorRefWithCell)Sys.Tcp();
        await UntilAsync(
            () => !connections.Children.Any() && !akkas.Children.OfType<ActorRefWithCell>().SelectMany(listener => listener.Children).Any(),
            "no actor is left over");
        await AssertBalancedAsync(server);
    }

    // Sockets only: the runtime keeps two descriptors for each thread, and starts threads as it likes.
    private static int CountSockets() => new DirectoryInfo("/proc/self/fd").GetFiles()
        .Count(descriptor => descriptor.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
