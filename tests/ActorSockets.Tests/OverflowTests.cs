using System.Net.Sockets;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

/// <summary>One connection more than there may be.</summary>
[Trait("Category", "Faults")]
public sealed class OverflowTests : ServerTest
{
    [Fact]
    public async Task Sequential_serves_one_at_a_time_and_the_others_wait_their_turn()
    {
        var (serving, most) = (0, 0);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Sequential().Handle(async connection =>
        {
            most = Math.Max(most, Interlocked.Increment(ref serving));
            await connection.SendAsync($"{await connection.ReadLineAsync()}");
            Interlocked.Decrement(ref serving);
        }));
        var clients = await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, $"{i}\n");
            return await ReadToEndAsync(client);
        }));

        Assert.Equal(["0", "1", "2", "3", "4"], clients);
        Assert.Equal((1, 5), (most, server.Statistics.Accepted));
    }

    [Fact]
    [Proves("one more than * connections", "reject-with, the end")]
    public async Task A_connection_that_is_refused_gets_the_farewell_and_then_the_end_whatever_it_has_sent()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
            .RejectWith("-ERR too many\r\n"u8.ToArray()).Configure(o => o.MaxConnections = 1));
        using var served = await ConnectAsync(server);
        await SendAsync(served, "a\n");
        await ExpectAsync(served, "1 a\n");

        for (var i = 0; i < 20; i++)
        {
            using var refused = await ConnectAsync(server);
            await SendAsync(refused, new string('x', 10_000));
            Assert.Equal("-ERR too many\r\n", await ReadToEndAsync(refused));
        }

        Assert.Equal(20, server.Statistics.Refused[RefusalReason.ServerFull]);
        await SendAsync(served, "b\n");
        await ExpectAsync(served, "2 b\n");
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_farewell_that_was_said_before_the_server_served()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.MaxConnectionsPerAddress, o.RejectWith, o.DrainTimeout) = (1, "full\n"u8.ToArray(), TimeSpan.FromSeconds(1))));
        await server.BindAsync();
        using var one = await ConnectAsync(server);
        using var other = await ConnectAsync(server);

        // Which of them is accepted first is not for the client to know.
        Task<string>[] reading = [ReadToEndAsync(one), ReadToEndAsync(other)];
        var refused = await Task.WhenAny(reading);
        Assert.Equal("full\n", await refused);
        (refused == reading[0] ? one : other).Close();

        Assert.Equal(1, server.Statistics.Refused[RefusalReason.AddressFull]);
        await server.StopAsync().WaitAsync(Deadline);
        Assert.NotEqual("full\n", await reading.Single(each => each != refused).ContinueWith(end => end.IsFaulted ? "reset" : end.Result, TaskScheduler.Default));
    }

    [Fact]
    public async Task A_stop_lets_who_was_refused_hear_the_farewell_to_its_end()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
            .RejectWith("-ERR too many\r\n"u8.ToArray()).Configure(o => (o.MaxConnections, o.LingerTimeout, o.DrainTimeout) = (1, Deadline, Deadline)));
        using var served = await ConnectAsync(server);
        await UntilAsync(() => server.Statistics.Active == 1, "served");
        using var refused = await ConnectAsync(server);
        await SendAsync(refused, "hello\n");
        await UntilAsync(() => server.Statistics.Refused[RefusalReason.ServerFull] == 1, "refused");

        served.Close();
        var stopping = server.StopAsync();
        await RefusedAsync(server.Endpoints[0].Port);

        Assert.False(stopping.IsCompleted);
        Assert.Equal("-ERR too many\r\n", await ReadToEndAsync(refused));
        refused.Close();
        await stopping.WaitAsync(Deadline);
    }

    [Theory]
    [InlineData(typeof(CounterActor))]
    [InlineData(typeof(CounterHandler))]
    [Proves("one more than * connections", "Evicted")]
    public async Task Evict_idle_closes_the_connection_that_has_been_idle_longest_for_a_new_one(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!)
            .Configure(o => (o.MaxConnections, o.Overflow) = (2, Overflow.EvictIdle)));
        using var first = await ServedAsync(server);
        using var second = await ServedAsync(server);
        await Task.Delay(20);
        await SendAsync(first, "b\n");
        await ExpectAsync(first, "2 b\n");

        using var third = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(second));
        second.Close();
        await SendAsync(third, "a\n");
        await ExpectAsync(third, "1 a\n");

        await SendAsync(first, "c\n");
        await ExpectAsync(first, "3 c\n");
        await ClosedAsync(server, CloseReason.Evicted);
        Assert.Equal(0, server.Statistics.Refused[RefusalReason.ServerFull]);
    }

    [Fact]
    public async Task Evict_idle_refuses_the_new_one_where_nobody_is_idle()
    {
        var finish = new TaskCompletionSource();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => (o.MaxConnections, o.Overflow) = (1, Overflow.EvictIdle)).Handle(async connection =>
        {
            await connection.ReadLineAsync();
            await finish.Task;
            await connection.SendAsync("done");
        }));
        using var busy = await ConnectAsync(server);
        await SendAsync(busy, "work\n");
        await UntilAsync(() => server.Connections.Count == 1 && server.Connections.Single().BytesReceived > 0, "working");

        using var other = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(other));
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.ServerFull]);
        finish.SetResult();
        Assert.Equal("done", await ReadToEndAsync(busy));
    }

    private static async Task<TcpClient> ServedAsync(SocketServer server)
    {
        var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
        return client;
    }
}
