using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class StartTests : ServerTest
{
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
    public async Task Clients_that_come_while_it_is_being_bound_are_served()
    {
        var port = FreePort();
        var served = 0;
        using var over = new CancellationTokenSource();

        async Task ComeAsync()
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    // Not from the address of the server: while nobody listens, a client can be connected with itself.
                    using var client = new TcpClient(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                    await client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Deadline);
                    await SendAsync(client, "x\n");
                    if (await ReceiveAsync(client.Client, 4) == "1 x\n")
                    {
                        Interlocked.Increment(ref served);
                    }
                }
                catch (Exception exception) when (exception is SocketException or IOException)
                {
                    // Nobody listens, or the server was stopped.
                }
            }
        }

        List<Task> clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(ComeAsync))];
        for (var starts = 0; starts < 50; starts++)
        {
            var server = await StartAsync(s => s.Listen($"tcp://127.0.0.1:{port}").Handle<CounterActor>()).WaitAsync(Deadline);
            var before = Volatile.Read(ref served);
            await UntilAsync(() => Volatile.Read(ref served) >= before + clients.Count, "they are served");
            await server.StopAsync().WaitAsync(Deadline);
            await AssertBalancedAsync(server);
        }

        await over.CancelAsync();
        await Task.WhenAll(clients);
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
    public async Task A_server_without_an_actor_system_brings_its_own()
    {
        await using var server = await SocketServer.StartAsync("tcp://127.0.0.1:0", connection => connection.SendAsync("hello world\n").AsTask());
        using var client = await ConnectAsync(server);

        Assert.Equal("hello world\n", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Servers_that_start_as_one_serve_nobody_unless_all_are_bound()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var free = FreePort();
        var handled = 0;

        var starting = Sys.SocketServers().StartAsync(
        [
            KeyValuePair.Create<string, Action<SocketServerBuilder>>("first", s => s.Listen($"tcp://127.0.0.1:{free}").Handle(_ =>
            {
                Interlocked.Increment(ref handled);
                return Task.CompletedTask;
            })),
            KeyValuePair.Create<string, Action<SocketServerBuilder>>("second", s => s.Listen($"tcp://{taken.LocalEndpoint}").Handle<CounterActor>()),
        ]);

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => starting.WaitAsync(Deadline));
        Assert.Equal("second", error.Server);
        await RefusedAsync(free);
        Assert.Equal(0, handled);
        Assert.Empty(Sys.SocketServers().Running);
    }

    [Fact]
    public async Task A_start_can_be_given_up_while_a_name_is_looked_up()
    {
        using var givesUp = new CancellationTokenSource();
        var free = FreePort();
        var starting = Sys.SocketServers().StartAsync(
            "late", s => s.Listen($"tcp://127.0.0.1:{free}").Listen("tcp://no-such-host.invalid:0").Handle<CounterActor>(), givesUp.Token);

        await givesUp.CancelAsync();

        // Where the resolver is quicker it says so; in both cases nothing is left.
        var error = await Assert.ThrowsAnyAsync<Exception>(() => starting.WaitAsync(Deadline));
        Assert.True(error is OperationCanceledException or EndpointBindException, $"{error}");
        await RefusedAsync(free);
    }

    [Fact]
    public async Task A_listener_that_fails_in_an_unforeseen_way_fails_the_start()
    {
        using var system = ActorSystem.Create("broken", "akka.loglevel = OFF, akka.stdout-loglevel = OFF, akka.io.tcp = 5");

        var error = await Assert.ThrowsAsync<EndpointBindException>(
            () => system.SocketServers().StartAsync("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()).WaitAsync(Deadline));

        Assert.Contains("tcp://127.0.0.1:0", error.Message, StringComparison.Ordinal);
        await system.Terminate().WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_second_server_of_the_same_name_is_refused()
    {
        var first = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()));

        Assert.Equal("a server named 'test' is running already", error.Message);
        Assert.Equal([first], Sys.SocketServers().Running);
    }

    [Fact]
    public async Task A_server_does_not_start_in_an_actor_system_that_has_ended()
    {
        await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        var servers = Sys.SocketServers();
        await Sys.Terminate().WaitAsync(Deadline);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => servers.StartAsync("late", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()).WaitAsync(Deadline));

        Assert.Equal("server 'late' cannot start: its actor system has ended", error.Message);
    }

    [Theory]
    [InlineData("tcp://localhost:0", "127.0.0.1")]
    [InlineData("tcp://[::1]:0", "[::1]")]
    [InlineData("tcp://0.0.0.0:0", "0.0.0.0")]
    public async Task An_endpoint_tells_the_address_and_port_that_it_is_bound_to(string listen, string address)
    {
        var server = await StartAsync(s => s.Listen(listen).Handle<CounterActor>());

        Assert.Equal($"tcp://{address}:{server.Endpoints[0].Port}", server.Endpoints[0].ToString());
        Assert.NotEqual(0, server.Endpoints[0].Port);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
