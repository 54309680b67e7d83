using System.Net.Sockets;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

/// <summary>What is left over of crashes. Alone, because other tests open sockets and start timers as well.</summary>
[Collection(nameof(Alone))]
public sealed class BooksTests : LeftoverTest
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
        await AssertNoActorIsLeftAsync(server);

        var (before, timers) = (Holdings.Count(), Timer.ActiveCount);

        await CrashAsync(server, crashes: 1000, others: 100);
        Assert.Equal(1 + 1000, server.Statistics.Restarts);
        Assert.Equal(2 + 101, server.Statistics.Accepted);

        await AssertNoActorIsLeftAsync(server);
        Assert.Equal(2 + 101, server.Statistics.Closed.Values.Sum());
        await AssertNothingIsLeftAsync(server, before);
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
}
