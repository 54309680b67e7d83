using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class StopTests : ServerTest
{
    [Fact]
    public async Task A_stop_lets_an_exchange_finish_and_refuses_new_clients()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>().Configure(o => o.DrainTimeout = Deadline));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");

        var stopping = server.StopAsync();
        await RefusedAsync(server.Endpoints[0].Port);
        await SendAsync(client, "b\n");
        await ExpectAsync(client, "2 b\n");
        client.Close();

        Assert.Equal(new StopReport(Drained: 1, Aborted: 0), await stopping.WaitAsync(Deadline));
        await AssertBalancedAsync(server);
    }

    [Fact]
    [Proves("stop (SIGTERM)", "reset, DrainTimeout")]
    public async Task A_client_that_never_finishes_is_cut_at_the_drain_timeout()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.DrainTimeout = TimeSpan.FromMilliseconds(200)));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");

        Assert.Equal(new StopReport(Drained: 0, Aborted: 1), await server.StopAsync().WaitAsync(Deadline));
        Assert.Equal(1, server.Statistics.Closed[CloseReason.DrainTimeout]);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_handler_may_stop_its_own_server_and_still_answers_its_client()
    {
        SocketServer? server = null;
        server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.DrainTimeout = Deadline).Handle(async connection =>
        {
            var report = await server!.StopAsync();
            await connection.SendAsync($"stopped, {report.Aborted} aborted");
        }));
        using var client = await ConnectAsync(server);

        Assert.Equal("stopped, 0 aborted", await ReadToEndAsync(client));
        client.Close();
        Assert.Equal(new StopReport(1, 0), await server.Completion.WaitAsync(Deadline));
    }

    [Theory]
    [InlineData("ConfigureAwait(false)")]
    [InlineData("ReceiveAsync")]
    [InlineData("datagram")]
    public async Task Every_kind_of_handler_may_await_the_stop_of_its_own_server(string kind)
    {
        SocketServer? server = null;
        server = await StartAsync(s =>
        {
            s.Configure(o => o.DrainTimeout = Deadline);
            switch (kind)
            {
                case "datagram":
                    s.Listen("udp://127.0.0.1:0").HandleDatagram(async datagram =>
                    {
                        await server!.StopAsync();
                        datagram.Reply("stopped"u8.ToArray());
                    });
                    break;
                case "ReceiveAsync":
                    s.Listen("tcp://127.0.0.1:0").Handle(() => new StoppingActor(() => server!));
                    break;
                default:
                    s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
                    {
                        await Task.Yield();
                        await Task.Delay(1).ConfigureAwait(false);
                        await server!.StopAsync().ConfigureAwait(false);
                        await connection.SendAsync("stopped");
                    });
                    break;
            }
        });

        if (kind == "datagram")
        {
            using var peer = OpenUdp(server);
            Assert.Equal("stopped", await ExchangeAsync(peer, "stop"));
        }
        else
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "stop");
            Assert.Equal("stopped", await ReadToEndAsync(client));
        }

        Assert.Equal(new StopReport(1, 0), await server.Completion.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_handler_that_never_ends_but_yields_is_cut_at_the_drain_timeout()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            while (!connection.Closed.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }));
        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Statistics.Active == 1, "connected");

        Assert.Equal(new StopReport(0, 1), await server.StopAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_stop_without_a_limit_waits_for_its_handlers()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");

        var stopping = server.StopAsync(Timeout.InfiniteTimeSpan);
        await RefusedAsync(server.Endpoints[0].Port);
        await SendAsync(client, "b\n");
        await ExpectAsync(client, "2 b\n");
        client.Close();

        Assert.Equal(new StopReport(1, 0), await stopping.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Every_stop_joins_the_same_stop_and_a_later_one_may_hurry_it()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.DrainTimeout = TimeSpan.FromHours(1)));
        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Statistics.Active == 1, "connected");

        var first = server.StopAsync();
        var second = server.StopAsync(TimeSpan.Zero);

        Assert.Equal(new StopReport(0, 1), await first.WaitAsync(Deadline));
        Assert.Equal(await first, await second.WaitAsync(Deadline));
        Assert.Equal(await first, await server.StopAsync().WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_port_can_be_bound_again_right_after_the_stop()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterActor>().Handle<CounterPeer>());
        using var client = await ConnectAsync(server);
        var endpoints = server.Endpoints;
        await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline);

        var again = await StartAsync(s => s.Listen(endpoints[0]).Listen(endpoints[1]).Handle<CounterActor>().Handle<CounterPeer>());

        Assert.Equal(endpoints, again.Endpoints);
    }

    [Fact]
    public async Task The_servers_of_a_system_stop_with_its_coordinated_shutdown()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>());
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");

        var terminating = Sys.Terminate();
        await RefusedAsync(server.Endpoints[0].Port);
        await SendAsync(client, "b\n");
        await ExpectAsync(client, "2 b\n");
        client.Close();

        await terminating.WaitAsync(Deadline);
        var report = await server.Completion.WaitAsync(Deadline);

        // How many were drained depends on when the phase for it began.
        Assert.Equal(0, report.Aborted);
    }

    [Fact]
    public async Task A_stop_amid_a_rush_of_clients_cuts_nobody_who_is_served()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.DrainTimeout = Deadline));
        var served = 0;
        using var rushEnds = new CancellationTokenSource();
        var rush = Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            while (!rushEnds.IsCancellationRequested)
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port);
                    await SendAsync(client, "a\n");
                    if (await client.GetStream().ReadAsync(new byte[4]).AsTask().WaitAsync(Deadline) == 0)
                    {
                        return;
                    }
                }
                catch (Exception exception) when (exception is SocketException or IOException)
                {
                    return;
                }

                // From the first answer on it is served, whatever happens to the endpoint.
                Interlocked.Increment(ref served);
                for (var line = 2; line <= 5; line++)
                {
                    await SendAsync(client, "b\n");
                    await ExpectAsync(client, $"{line} b\n");
                }
            }
        })).ToList();
        await UntilAsync(() => Volatile.Read(ref served) >= 200, "the rush is on");

        var report = await server.StopAsync().WaitAsync(Deadline);
        await rushEnds.CancelAsync();

        await Task.WhenAll(rush).WaitAsync(Deadline);
        Assert.Equal(0, report.Aborted);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_name_is_free_as_soon_as_the_stop_is_complete()
    {
        for (var i = 0; i < 50; i++)
        {
            var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>(), "again");
            await server.StopAsync().WaitAsync(Deadline);
        }

        Assert.Empty(Sys.SocketServers().Running);
    }

    private sealed class StoppingActor : ConnectionActor
    {
        public StoppingActor(Func<SocketServer> server) => ReceiveAsync<string>(async text =>
        {
            await server().StopAsync();
            await Connection.SendAsync(text);
            Connection.Close();
        });

        protected override void OnReceived(in ReadOnlySequence<byte> data) => Self.Tell("stopped");
    }
}
