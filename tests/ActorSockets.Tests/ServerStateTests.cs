using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>What may be called in which state: the life of a <c>socketserver</c>, without its sharp edges.</summary>
public sealed class ServerStateTests : ServerTest
{
    [Fact]
    public async Task A_new_server_opens_nothing_and_its_stop_completes_at_once()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        Assert.Equal(ServerState.New, server.State);
        Assert.Equal("tcp://127.0.0.1:0", server.Endpoints[0].ToString());
        Assert.Equal(default, await server.StopAsync());
        Assert.Equal(ServerState.New, server.State);
        Assert.Equal(default, await server.Completion);
    }

    [Fact]
    public async Task A_stop_before_the_first_start_does_not_harm_it()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        await server.StopAsync();
        await server.StartAsync();

        await ServesAsync(server);
    }

    [Fact]
    public async Task A_stopped_server_starts_anew_with_books_of_its_own()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        for (var round = 0; round < 3; round++)
        {
            await server.StartAsync();
            Assert.Equal(ServerState.Serving, server.State);
            await ServesAsync(server);
            Assert.Equal(1, server.Statistics.Accepted);
            var report = await server.StopAsync();
            Assert.Equal(report, await server.StopAsync());
            Assert.Equal(ServerState.Stopped, server.State);
            await RefusedAsync(server.Endpoints[0].Port);
        }
    }

    [Fact]
    public async Task A_server_with_a_system_of_its_own_starts_anew_as_well()
    {
        await using var server = SocketServer.Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        for (var round = 0; round < 2; round++)
        {
            await server.StartAsync();
            await ServesAsync(server);
            await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline);
        }
    }

    [Fact]
    public async Task A_server_that_could_not_bind_is_as_new_and_can_be_started_later()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var server = Create(s => s.Listen($"tcp://{taken.LocalEndpoint}").Handle<CounterActor>());
        await Assert.ThrowsAsync<EndpointBindException>(() => server.StartAsync());
        Assert.Equal(ServerState.New, server.State);

        taken.Stop();
        await server.StartAsync();

        await ServesAsync(server);
    }

    [Fact]
    public async Task A_serving_server_cannot_be_started_or_run_twice()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        var running = server.RunAsync();
        await UntilAsync(() => server.State == ServerState.Serving, "serving");

        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.BindAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.RunAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ServeOneAsync());

        await ServesAsync(server);
        Assert.Equal(await server.StopAsync(), await running.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Cancelling_a_run_drains_and_returns_normally()
    {
        using var stop = new CancellationTokenSource();
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new ToldToStop(TestActor)).Configure(o => o.DrainTimeout = Deadline));
        var running = server.RunAsync(stop.Token);
        await UntilAsync(() => server.State == ServerState.Serving, "serving");
        using var client = await ConnectAsync(server);
        await ExpectMsgAsync("connected", Deadline);

        await stop.CancelAsync();
        await ExpectMsgAsync("stopping", Deadline);
        client.Close();

        Assert.Equal(new StopReport(1, 0), await running.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_before_it_begins_serves_nobody_and_can_be_repeated()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        Assert.Equal(default, await server.RunAsync(new CancellationToken(canceled: true)));

        await server.StartAsync();
        await ServesAsync(server);
    }

    [Fact]
    public async Task A_stop_while_the_server_starts_ends_the_start()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        // It may have started before it is told to stop; then it is tried again.
        var wasEnded = false;
        for (var attempt = 0; attempt < 20 && !wasEnded; attempt++)
        {
            var starting = server.StartAsync();
            var stopping = server.StopAsync();

            Assert.Equal(default, await stopping.WaitAsync(Deadline));
            wasEnded = await Record.ExceptionAsync(() => starting.WaitAsync(Deadline)) is OperationCanceledException;
            await UntilAsync(() => server.State is ServerState.New or ServerState.Stopped, "nothing is left");
        }

        Assert.True(wasEnded);
        await server.StartAsync();
        await ServesAsync(server);
    }

    [Fact]
    public async Task Serving_one_completes_when_the_handler_has_finished_also_while_the_client_stays()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync("hello").AsTask()).Configure(o => o.LingerTimeout = Deadline));
        await server.BindAsync();
        using var client = await ConnectAsync(server);

        Assert.Equal(ServeOutcome.Handled, await server.ServeOneAsync().WaitAsync(Deadline / 2));

        Assert.Equal("hello", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Clients_of_a_bound_server_wait_until_it_serves()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterActor>().Handle<CounterPeer>());
        await server.BindAsync();
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        using var peer = OpenUdp(server, 1);
        await peer.SendAsync("b"u8.ToArray());
        await peer.SendAsync("c"u8.ToArray());
        Assert.Equal((ServerState.Bound, 0L), (server.State, server.Statistics.Accepted));

        await server.StartAsync();

        await ExpectAsync(client, "1 a\n");
        Assert.Equal("1 b", Encoding.UTF8.GetString((await peer.ReceiveAsync().WaitAsync(Deadline)).Buffer));
        Assert.Equal("2 c", Encoding.UTF8.GetString((await peer.ReceiveAsync().WaitAsync(Deadline)).Buffer));
    }

    [Fact]
    public async Task Serving_one_serves_the_client_that_waits_longest_and_completes_when_its_handler_has_finished()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>());
        await server.BindAsync();
        using var first = await ConnectAsync(server);
        await SendAsync(first, "a\n");

        var serving = server.ServeOneAsync();
        await ExpectAsync(first, "1 a\n");
        using var second = await ConnectAsync(server);
        await SendAsync(second, "b\n");
        Assert.False(serving.IsCompleted);
        first.Close();

        Assert.Equal(ServeOutcome.Handled, await serving.WaitAsync(Deadline));
        Assert.Equal((ServerState.Bound, 1L), (server.State, server.Statistics.Accepted));

        var servingNext = server.ServeOneAsync();
        await ExpectAsync(second, "1 b\n");
        second.Close();
        Assert.Equal(ServeOutcome.Handled, await servingNext.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Serving_one_serves_one_datagram()
    {
        var server = Create(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>());
        await server.BindAsync();
        using var client = OpenUdp(server);
        await client.SendAsync("a"u8.ToArray());
        await client.SendAsync("b"u8.ToArray());

        Assert.Equal(ServeOutcome.Handled, await server.ServeOneAsync(Deadline).WaitAsync(Deadline));

        Assert.Equal("1 a", Encoding.UTF8.GetString((await client.ReceiveAsync().WaitAsync(Deadline)).Buffer));
        Assert.Equal(1, server.Statistics.DatagramsHandled);
        Assert.Equal(ServeOutcome.Handled, await server.ServeOneAsync(Deadline).WaitAsync(Deadline));
        await server.StopAsync();
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Serving_one_times_out_when_nobody_comes_and_the_next_client_is_not_lost()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>());

        Assert.Equal(ServeOutcome.TimedOut, await server.ServeOneAsync(TimeSpan.FromMilliseconds(20)).WaitAsync(Deadline));

        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        var serving = server.ServeOneAsync(Deadline);
        await ExpectAsync(client, "1 a\n");
        client.Close();
        Assert.Equal(ServeOutcome.Handled, await serving.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_stop_and_a_token_end_the_wait_for_one()
    {
        var server = Create(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>());
        await server.BindAsync();
        using var givesUp = new CancellationTokenSource();
        var givenUp = server.ServeOneAsync(cancellationToken: givesUp.Token);
        var stopped = server.ServeOneAsync();

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp.WaitAsync(Deadline));
        await server.StopAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_suspended_server_refuses_new_clients_serves_its_old_ones_and_resumes_on_the_same_port()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterActor>().Handle<CounterPeer>());
        var endpoints = server.Endpoints;
        using var old = await ConnectAsync(server);
        using var peer = OpenUdp(server, 1);
        await SendAsync(old, "a\n");
        await ExpectAsync(old, "1 a\n");

        await server.SuspendAsync().WaitAsync(Deadline);

        Assert.Equal(ServerState.Suspended, server.State);
        await RefusedAsync(endpoints[0].Port);
        await SendAsync(old, "b\n");
        await ExpectAsync(old, "2 b\n");
        await peer.SendAsync("lost"u8.ToArray());
        await UntilAsync(() => server.Statistics.DatagramsDropped[DropReason.NotServing] == 1, "the datagram is dropped and counted");

        await server.ResumeAsync().WaitAsync(Deadline);

        Assert.Equal((ServerState.Serving, endpoints), (server.State, server.Endpoints));
        Assert.Empty(server.LostEndpoints);
        Assert.Equal(0, server.Statistics.Rebinds);
        await ServesAsync(server);
        Assert.Equal("1 c", await ExchangeAsync(peer, "c"));
        await SendAsync(old, "d\n");
        await ExpectAsync(old, "3 d\n");
    }

    [Fact]
    public async Task Who_waits_for_a_place_is_served_also_when_the_server_is_suspended_meanwhile()
    {
        var accepted = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Sequential().Handle<CounterHandler>().ConfigureSocket(_ => Interlocked.Increment(ref accepted)));
        using var first = await ConnectAsync(server);
        await SendAsync(first, "a\n");
        await ExpectAsync(first, "1 a\n");
        using var second = await ConnectAsync(server);
        await SendAsync(second, "b\n");
        await UntilAsync(() => Volatile.Read(ref accepted) == 2, "one is served and one waits");

        await server.SuspendAsync().WaitAsync(Deadline);
        first.Close();

        await ExpectAsync(second, "1 b\n");
        Assert.Equal(0, server.Statistics.Refused[RefusalReason.NotServing]);
    }

    [Fact]
    public async Task An_endpoint_that_is_given_up_by_a_suspension_is_not_lost()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MinRebindBackoff = TimeSpan.FromMilliseconds(20)));
        await server.SuspendAsync().WaitAsync(Deadline);
        using var other = new TcpListener(IPAddress.Loopback, server.Endpoints[0].Port);
        other.Start();
        var resuming = server.ResumeAsync();
        await UntilAsync(() => server.LostEndpoints.Count == 1, "the endpoint cannot be bound");

        await server.SuspendAsync().WaitAsync(Deadline);

        Assert.Empty(server.LostEndpoints);
        await Assert.ThrowsAsync<OperationCanceledException>(() => resuming.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_resumption_that_is_overtaken_by_a_suspension_is_given_up()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        await server.SuspendAsync().WaitAsync(Deadline);
        using var other = new TcpListener(IPAddress.Loopback, server.Endpoints[0].Port);
        other.Start();
        var resuming = server.ResumeAsync();
        Assert.False(resuming.IsCompleted);

        await server.SuspendAsync().WaitAsync(Deadline);

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => resuming.WaitAsync(Deadline));
        Assert.Contains("'test' was suspended", error.Message, StringComparison.Ordinal);
        other.Stop();
        await server.ResumeAsync().WaitAsync(Deadline);
        await ServesAsync(server);
    }

    [Fact]
    public async Task The_live_connections_can_be_listed_closed_and_aborted_while_the_server_goes_on()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var first = await ConnectAsync(server);
        await UntilAsync(() => server.Connections.Count == 1, "listed");
        Assert.Equal(((IPEndPoint)first.Client.LocalEndPoint!).Port, ((IPEndPoint)server.Connections.Single().RemoteEndPoint).Port);

        server.CloseConnections();
        Assert.Equal("", await ReadToEndAsync(first));
        first.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);

        using var second = await ConnectAsync(server);
        await UntilAsync(() => server.Connections.Count == 1, "listed");
        server.AbortConnections();
        await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(second));

        await ClosedAsync(server, CloseReason.LocalAborted);
        await UntilAsync(() => server.Connections.Count == 0, "nobody is listed");
        await ServesAsync(server);
    }

    private SocketServer Create(Action<SocketServerBuilder> configure) =>
        Sys.SocketServers().Create("test", s => configure(s.Configure(o => o.DrainTimeout = TimeSpan.FromSeconds(1))));

    private static async Task ServesAsync(SocketServer server)
    {
        using var client = await ConnectAsync(server);
        await SendAsync(client, "hello\n");
        await ExpectAsync(client, "1 hello\n");
    }

    private sealed class ToldToStop(IActorRef test) : ConnectionActor
    {
        protected override void OnConnected() => test.Tell("connected");

        protected override void OnServerStopping() => test.Tell("stopping");
    }
}
