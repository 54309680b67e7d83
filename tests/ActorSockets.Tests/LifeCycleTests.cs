using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Tests;

public sealed class LifeCycleTests : ServerTest
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

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task When_one_endpoint_cannot_be_bound_none_is_and_the_error_names_it(string scheme)
    {
        using var taken = scheme == "tcp"
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (scheme == "tcp")
        {
            taken.Listen();
        }

        var endpoint = $"{scheme}://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}";
        var free = FreePort();

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s
            .Listen($"tcp://127.0.0.1:{free}").Listen(endpoint).Handle<CounterActor>().Handle<CounterPeer>()).WaitAsync(Deadline));

        Assert.Contains(endpoint, error.Message, StringComparison.Ordinal);
        Assert.Contains("Address already in use", error.Message, StringComparison.Ordinal);
        await RefusedAsync(free);
    }

    [Fact]
    public async Task A_dual_stack_endpoint_serves_both_families()
    {
        var server = await StartAsync(s => s.Listen("tcp://[::]:0").Handle(connection => connection.SendAsync($"{connection.RemoteEndPoint}").AsTask()));
        using var v4 = await ConnectAsync(server);
        using var v6 = new TcpClient(AddressFamily.InterNetworkV6);
        await v6.ConnectAsync(IPAddress.IPv6Loopback, server.Endpoints[0].Port);

        Assert.StartsWith("127.0.0.1:", await ReadToEndAsync(v4), StringComparison.Ordinal);
        Assert.StartsWith("[::1]:", await ReadToEndAsync(v6), StringComparison.Ordinal);
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
        Assert.Equal(new StopReport(1, 0), await server.Completion.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_server_without_an_actor_system_brings_its_own()
    {
        await using var server = await SocketServer.StartAsync("tcp://127.0.0.1:0", connection => connection.SendAsync("hello world\n").AsTask());
        using var client = await ConnectAsync(server);

        Assert.Equal("hello world\n", await ReadToEndAsync(client));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task RefusedAsync(int port) => UntilAsync(
        () =>
        {
            using var client = new TcpClient();
            try
            {
                client.Connect(IPAddress.Loopback, port);
                return false;
            }
            catch (SocketException exception)
            {
                return exception.SocketErrorCode == SocketError.ConnectionRefused;
            }
        },
        "new clients are refused");
}
