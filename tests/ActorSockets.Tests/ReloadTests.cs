using System.Net;
using System.Net.Sockets;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Options that change while the server runs.</summary>
[Trait("Category", "Faults")]
public sealed class ReloadTests : ServerTest
{
    [Theory]
    [InlineData(Overflow.Reject)]
    [InlineData(Overflow.Wait)]
    public async Task More_or_fewer_connections_may_come_and_live_ones_stay(Overflow overflow)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnections, o.Overflow) = (1, overflow)));
        using var first = await ServedAsync(server);
        using var second = await ConnectAsync(server);
        await SendAsync(second, "a\n");
        if (overflow == Overflow.Reject)
        {
            await Record.ExceptionAsync(() => ReadToEndAsync(second));
        }

        Reload(server, o => o.MaxConnections = 2);

        using var another = overflow == Overflow.Reject ? await ServedAsync(server) : second;
        if (overflow == Overflow.Wait)
        {
            await ExpectAsync(second, "1 a\n");
        }

        Assert.Equal(2, server.MaxConnections);
        Reload(server, o => o.MaxConnections = 1);
        await CountAsync(first, 2);
        await CountAsync(another, 2);
        another.Close();
        await UntilAsync(() => server.Statistics.Active == 1, "one has ended");
        if (overflow == Overflow.Reject)
        {
            using var refused = await ConnectAsync(server);
            Assert.Equal("", await ReadToEndAsync(refused));
        }
    }

    [Theory]
    [InlineData(Overflow.Reject)]
    [InlineData(Overflow.Wait)]
    public async Task Where_fewer_connections_may_come_nobody_takes_the_place_of_those_who_are_too_many(Overflow overflow)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnections, o.Overflow) = (4, overflow)));
        var live = await LiveAsync(server, 4);
        Reload(server, o => o.MaxConnections = 2);
        using var waiting = await ConnectAsync(server);
        await SendAsync(waiting, "a\n");
        if (overflow == Overflow.Reject)
        {
            await Record.ExceptionAsync(() => ReadToEndAsync(waiting));
        }

        live[0].Close();
        live[1].Close();
        await UntilAsync(() => server.Statistics.Active == 2, "no more than there may be");
        live[2].Close();

        using var next = overflow == Overflow.Reject ? await EventuallyAsync(() => ServedAsync(server)) : waiting;
        await ExpectAsync(waiting, overflow == Overflow.Wait ? "1 a\n" : "");
        Assert.Equal(2, server.Statistics.Active);
        live[3].Close();
    }

    [Fact]
    public async Task Where_fewer_connections_may_come_idle_ones_are_evicted_for_a_new_one_until_there_is_a_place()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnections, o.Overflow) = (5, Overflow.EvictIdle)));
        var live = await LiveAsync(server, 5);
        Reload(server, o => o.MaxConnections = 2);

        using var next = await ServedAsync(server);

        Assert.Equal((2, 4), (server.Statistics.Active, server.Statistics.Closed[CloseReason.Evicted]));
        live.ForEach(client => client.Close());
    }

    [Fact]
    [Proves("a client says nothing more", "OnClosed(IdleTimeout)")]
    public async Task A_shorter_timeout_holds_for_connections_that_are_there()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var client = await ServedAsync(server);

        Reload(server, o => o.IdleTimeout = TimeSpan.FromMilliseconds(100));

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.IdleTimeout);
    }

    [Fact]
    public async Task The_next_line_of_those_who_are_there_may_be_longer()
    {
        var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.MaxFrame = 5).Handle(async connection =>
        {
            var refused = await Assert.ThrowsAsync<FrameTooLargeException>(() => connection.ReadLineAsync().AsTask());
            await connection.SendAsync($"{refused.Limit} ");
            await reloaded.Task.WaitAsync(Deadline);
            await connection.SendAsync($"{await connection.ReadLineAsync()}");
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "123456\n");
        await ExpectAsync(client, "5 ");

        Reload(server, o => o.MaxFrame = 6);
        reloaded.SetResult();

        Assert.Equal("123456", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_limit_by_address_counts_those_who_are_there()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var first = await ServedAsync(server);
        using var second = await ServedAsync(server);

        Reload(server, o => o.MaxConnectionsPerAddress = 2);

        using var third = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(third));
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.AddressFull]);
        first.Close();
        await UntilAsync(() => server.Statistics.Active == 1, "one has ended");
        using var fourth = await ServedAsync(server);
        await CountAsync(second, 2);
    }

    [Fact]
    public async Task A_limit_by_address_counts_those_who_are_on_their_way()
    {
        var accepted = 0;
        await using var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().ConfigureSocket(_ => Interlocked.Increment(ref accepted)));
        await server.BindAsync();
        using var first = await ConnectAsync(server);
        await UntilAsync(() => Volatile.Read(ref accepted) == 1, "it is accepted and waits for the server to serve");

        Reload(server, o => o.MaxConnectionsPerAddress = 1);
        await server.StartAsync();

        await CountAsync(first, 1);
        using var second = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(second));
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.AddressFull]);
    }

    [Fact]
    public async Task Who_comes_while_the_limits_change_is_served()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnectionsPerAddress, o.AcceptRate) = (1000, 100_000)));
        var served = 0;
        var clients = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 50; i++, Interlocked.Increment(ref served))
            {
                using var client = await ServedAsync(server);
            }
        }));
        var reloads = 0;
        for (; !clients.IsCompleted; reloads++)
        {
            Reload(server, o => (o.MaxConnectionsPerAddress, o.AcceptRate) = (1000 + (reloads % 2), 100_000 + (reloads % 2)));
            await Task.Yield();
        }

        await clients;
        Assert.Equal((200, 0, 0), (served, server.Statistics.Refused.Values.Sum(), server.Statistics.Rebinds));
        Assert.True(reloads > 2, $"{reloads} reloads");
    }

    [Fact]
    public async Task Who_is_on_the_way_through_limits_that_change_at_that_moment_is_let_in()
    {
        var options = new SocketServerOptions { MaxConnectionsPerAddress = 1, AcceptRate = 10, Overflow = Overflow.Wait };
        var context = new ServerContext("test", [], new HandlerSet(), options, Sys.Log, new MemoryBudget(long.MaxValue / 2));
        var passing = context.Gate;
        var changed = options.Clone();
        (changed.MaxConnectionsPerAddress, changed.AcceptRate) = (2, 20);

        context.Reload(changed);

        Assert.NotSame(passing, context.Gate);
        await passing.WhenOneMoreMayComeAsync(CancellationToken.None);
        Assert.Null(passing.Enter(new IPEndPoint(IPAddress.Loopback, 1), out var lease));
        lease!.Dispose();
        context.End();
        Assert.Throws<ObjectDisposedException>(() => passing.Enter(new IPEndPoint(IPAddress.Loopback, 1), out _));
    }

    [Fact]
    public async Task What_is_wrong_changes_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MaxConnections = 7));

        var exception = Assert.Throws<ConfigurationException>(() => Reload(server, o => o.MaxConnections = 0));

        Assert.Equal("server 'test': max-connections = 0 must be at least 1", exception.Message);
        Assert.Equal(1, server.OptionsVersion);
        Assert.Equal(7, server.MaxConnections);
    }

    [Fact]
    public async Task What_can_change_at_the_next_start_only_is_told_and_changes_then()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnections, o.Overflow) = (1, Overflow.Reject)));
        await server.StartAsync();
        var options = server.Options;
        (options.Overflow, options.IdleTimeout) = (Overflow.Wait, null);

        var reload = server.PrepareReload(options);
        Assert.Equal(["idle-timeout"], reload.Changed);
        Assert.Equal(["overflow"], reload.AtNextStart);
        Assert.Equal(1, server.OptionsVersion);
        reload.Apply();
        Assert.Equal(2, server.OptionsVersion);
        await RefusesAsync(server);

        await server.StopAsync();
        await server.StartAsync();
        using var first = await ServedAsync(server);
        using var waiting = await ConnectAsync(server);
        await SendAsync(waiting, "a\n");
        first.Close();
        await ExpectAsync(waiting, "1 a\n");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("listeners/*")]
    [InlineData("listeners")]
    [InlineData("connections")]
    public async Task What_is_in_force_survives_the_end_of_any_actor_below_the_server(string actor)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnections, o.MinRebindBackoff) = (5, TimeSpan.FromMilliseconds(10))));
        Reload(server, o => o.MaxConnections = 1);

        await EndActorAsync(server, actor);
        await UntilAsync(() => actor == "connections" || server.Statistics.Rebinds == 1, "it is bound again");

        await RefusesAsync(server);
        Assert.Equal(2, server.OptionsVersion);
    }

    private static void Reload(SocketServer server, Action<SocketServerOptions> change)
    {
        var options = server.Options;
        change(options);
        server.PrepareReload(options).Apply();
    }

    private static async Task RefusesAsync(SocketServer server)
    {
        using var first = await ServedAsync(server);
        using var refused = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(refused));
    }

    private static async Task<List<TcpClient>> LiveAsync(SocketServer server, int count)
    {
        List<TcpClient> live = [];
        while (live.Count < count)
        {
            live.Add(await ServedAsync(server));
        }

        return live;
    }

    private static async Task<TcpClient> ServedAsync(SocketServer server)
    {
        var client = await ConnectAsync(server);
        await CountAsync(client, 1);
        return client;
    }

    private static async Task CountAsync(TcpClient client, int number)
    {
        await SendAsync(client, "a\n");
        await ExpectAsync(client, $"{number} a\n");
    }
}
