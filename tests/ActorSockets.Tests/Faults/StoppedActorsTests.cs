using Akka.Actor;

namespace ActorSockets.Tests.Faults;

/// <summary>Actors of ours that somebody stops or that fail: the tree below a server heals.</summary>
[Trait("Category", "Faults")]
public sealed class StoppedActorsTests : ServerTest
{
    public static TheoryData<object> Ends => [PoisonPill.Instance, Kill.Instance];

    [Theory]
    [MemberData(nameof(Ends))]
    [Proves("an actor below the server's own ends", "OnClosed(LocalClosed)")]
    public async Task Whoever_supervises_the_connections_takes_them_along_and_new_ones_are_served(object end)
    {
        var notes = new WitnessActor.Notes();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new WitnessActor(notes)));
        using var before = await ConnectAsync(server);
        await ExpectAsync(before, "test-1\n");

        await EndActorAsync(server, "connections", end);

        Assert.Equal("", await ReadToEndAsync(before));
        before.Close();
        using var after = await ConnectAsync(server);
        await ExpectAsync(after, "test-2\n");
        await UntilAsync(() => server.Statistics.Closed.Values.Sum() == 1, "the one is gone");
        Assert.Equal(("test-1", CloseReason.LocalClosed), Assert.Single(notes.Ended));
        Assert.Equal((2, 1, 1), (server.Statistics.Accepted, server.Statistics.Active, server.Statistics.Closed[CloseReason.LocalClosed]));
        Assert.Equal(1, (await server.StopAsync()).Aborted);
        Assert.Equal(["test-1", "test-2"], notes.Ended.Select(ended => ended.Id));
    }

    [Fact]
    public async Task Whoever_waited_for_a_place_is_served_after_the_supervisor_of_the_connections_has_ended()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new WitnessActor(new())).Configure(o => (o.MaxConnections, o.Overflow) = (1, Overflow.Wait)));
        using var first = await ConnectAsync(server);
        await ExpectAsync(first, "test-1\n");
        using var waiting = await ConnectAsync(server);

        await EndActorAsync(server, "connections");
        first.Close();
        await ExpectAsync(waiting, "test-2\n");

        // One place, not more.
        using var next = await ConnectAsync(server);
        await SendAsync(waiting, "a\n");
        await ExpectAsync(waiting, "1 a\n");
        Assert.Equal(1, server.Statistics.Active);
        waiting.Close();
        await ExpectAsync(next, "test-3\n");
    }

    [Fact]
    public async Task Who_comes_while_there_is_no_supervisor_of_the_connections_is_served_by_the_next_one()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new WitnessActor(new()))
            .Configure(o => (o.MinRebindBackoff, o.MaxRebindBackoff) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1))));
        await EndActorAsync(server, "connections");

        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Connections.Count == 1, "accepted");
        Assert.True(Assert.Single(server.Connections).Self.IsNobody(), "it has no actor yet");
        await ExpectAsync(client, "test-1\n");
    }

    [Fact]
    public async Task Whoever_supervises_the_listeners_leaves_connections_alone_and_their_endpoints_are_bound_again()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        var endpoints = server.Endpoints;
        using var before = await ConnectAsync(server);
        await SendAsync(before, "a\n");
        await ExpectAsync(before, "1 a\n");

        await EndActorAsync(server, "listeners", Kill.Instance);
        await UntilAsync(() => server.Statistics.Rebinds == 2, "bound again");

        Assert.Empty(server.LostEndpoints);
        Assert.Equal(endpoints, server.Endpoints);
        await SendAsync(before, "b\n");
        await ExpectAsync(before, "2 b\n");
        foreach (var endpoint in new[] { 0, 1 })
        {
            using var after = await ConnectAsync(server, endpoint);
            await SendAsync(after, "a\n");
            await ExpectAsync(after, "1 a\n");
        }
    }

    [Fact]
    public async Task A_suspended_server_stays_suspended_without_the_supervisor_of_its_listeners()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        await server.SuspendAsync();

        await EndActorAsync(server, "listeners");

        // Answered by the next supervisor at the latest.
        await server.SuspendAsync().WaitAsync(Deadline);
        await RefusedAsync(server.Endpoints[0].Port);
        Assert.Equal((ServerState.Suspended, 0), (server.State, server.LostEndpoints.Count));
        await EndActorAsync(server, "listeners");
        await server.ResumeAsync().WaitAsync(Deadline);
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
    }

    [Fact]
    public async Task A_server_without_its_supervisors_stops_as_any_other()
    {
        var notes = new WitnessActor.Notes();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new WitnessActor(notes))
            .Configure(o => (o.MinRebindBackoff, o.MaxRebindBackoff) = (Deadline, Deadline)));
        await EndActorAsync(server, "connections");
        await EndActorAsync(server, "listeners");

        await server.StopAsync().WaitAsync(Deadline);

        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_drain_goes_on_without_the_supervisor_of_the_connections()
    {
        var notes = new WitnessActor.Notes();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new WitnessActor(notes)).Configure(o => o.DrainTimeout = Deadline));
        using var client = await ConnectAsync(server);
        await ExpectAsync(client, "test-1\n");
        var stopping = server.StopAsync();
        await UntilAsync(() => server.State == ServerState.Stopping, "it stops");

        await EndActorAsync(server, "connections");

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        Assert.Equal(new StopReport(Drained: 0, Aborted: 1), await stopping.WaitAsync(Deadline));
        Assert.Equal("test-1", Assert.Single(notes.Ended).Id);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Peers_of_datagrams_begin_anew()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>());
        using var client = OpenUdp(server);
        Assert.Equal("1 a", await ExchangeAsync(client, "a"));

        await EndActorAsync(server, "connections");
        await UntilAsync(() => server.Statistics.Closed.Values.Sum() == 1, "the peer is gone");
        Assert.Equal("1 b", await ExchangeAsync(client, "b"));

        await EndActorAsync(server, "listeners");
        await UntilAsync(() => server.Statistics.Rebinds == 1, "bound again");
        Assert.Equal("2 c", await ExchangeAsync(client, "c"));
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task What_is_done_at_regular_times_is_done_on()
    {
        var ticks = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnTick(TimeSpan.FromMilliseconds(10), _ =>
        {
            Interlocked.Increment(ref ticks);
            return Task.CompletedTask;
        }));
        await UntilAsync(() => Volatile.Read(ref ticks) > 0, "the first");

        await EndActorAsync(server, "tick-1", Kill.Instance);
        var before = Volatile.Read(ref ticks);

        await UntilAsync(() => Volatile.Read(ref ticks) > before + 1, "more of them");
    }

    [Fact]
    public async Task Without_the_parent_of_all_servers_others_can_be_started()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        Sys.Stop(await Sys.ActorSelection("/user/actor-sockets").ResolveOne(Deadline));
        await server.Completion.WaitAsync(Deadline);

        var next = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()).WaitAsync(Deadline);

        using var client = await ConnectAsync(next);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
    }
}
