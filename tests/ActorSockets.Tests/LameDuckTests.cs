using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary><c>drain-spread</c>: connections end one after the other when the server stops.</summary>
[Trait("Category", "Faults")]
public sealed class LameDuckTests : ServerTest
{
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Idle_connections_end_one_after_the_other_within_the_time_and_are_told_before()
    {
        const int Count = 40;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<PartingActor>().Configure(Spreads));
        var clients = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => ServedAsync(server)));

        var stopping = server.StopAsync();
        var ends = await Task.WhenAll(clients.Select(async client =>
        {
            // Told of the stop first.
            Assert.Equal("bye\n", await ReadToEndAsync(client));
            client.Close();
            return Environment.TickCount64;
        }));
        var report = await stopping.WaitAsync(Deadline);

        Assert.Equal((Count, 0), (report.Drained, report.Aborted));
        Assert.Equal(Count, server.Statistics.Closed[CloseReason.ServerStopping]);

        // Neither all at the beginning nor all at the end.
        var time = ends.Max() - ends.Min();
        Assert.All([0.25, 0.5, 0.75], part => Assert.InRange(ends.Count(end => end - ends.Min() <= time * part), 1, Count - 1));
        Assert.True(time >= Spread.TotalMilliseconds / 4, $"all ended within {time} ms");
    }

    [Fact]
    public async Task Who_is_busy_ends_when_it_is_idle_and_not_before()
    {
        var done = new TaskCompletionSource();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(Spreads).Handle(async connection =>
        {
            while ((await connection.ReadLineAsync())?.ToString() is { } line)
            {
                if (line == "wait")
                {
                    await done.Task;
                }

                await connection.SendAsync($"done with {line}\n");
            }
        }));
        using var busy = await ConnectAsync(server);
        await SendAsync(busy, "wait\n");
        using var idle = await ConnectAsync(server);
        await SendAsync(idle, "a\n");
        await ExpectAsync(idle, "done with a\n");

        var stopping = server.StopAsync();
        Assert.Equal("", await ReadToEndAsync(idle));
        idle.Close();
        await UntilAsync(() => server.Connections.Count == 1, "only the busy one is left");
        done.SetResult();

        Assert.Equal("done with wait\n", await ReadToEndAsync(busy));
        busy.Close();
        Assert.Equal((2, 0), await stopping.WaitAsync(Deadline) is var report ? (report.Drained, report.Aborted) : default);
    }

    [Fact]
    public async Task Nobody_is_ended_before_its_handler_was_told()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<PartingActor>()
            .Configure(o => (o.DrainTimeout, o.DrainSpread) = (Deadline, TimeSpan.FromMilliseconds(10))));
        var late = await ServedAsync(server);
        var held = new PartingActor.Hold();
        Assert.Single(server.Connections).Self.Tell(held);
        var other = await ServedAsync(server);

        var stopping = server.StopAsync();

        // By now the time of the spread is over.
        Assert.Equal("bye\n", await ReadToEndAsync(other));
        held.Release.Set();
        Assert.Equal("bye\n", await ReadToEndAsync(late));
        late.Close();
        other.Close();
        Assert.Equal(2, (await stopping.WaitAsync(Deadline)).Drained);
    }

    [Fact]
    public async Task A_spread_that_is_longer_than_the_drain_is_refused()
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.DrainTimeout, o.DrainSpread) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)))));

        Assert.Equal("server 'test': drain-spread must not be more than drain-timeout", exception.Message);
    }

    private static void Spreads(SocketServerOptions options) => (options.DrainTimeout, options.DrainSpread) = (Deadline, Spread);

    private static async Task<TcpClient> ServedAsync(SocketServer server)
    {
        var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
        return client;
    }
}
