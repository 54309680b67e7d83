using System.Globalization;
using System.Net.Sockets;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Several sockets on one port.</summary>
public sealed class SharedPortTests : ServerTest
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tcp://[::]:0")]
    public async Task Each_endpoint_has_so_many_listening_sockets_and_one_set_of_books(string endpoint)
    {
        var server = await StartAsync(s => s.Listen(endpoint).Handle<CounterActor>().Configure(o => o.Listeners = 4));
        Assert.Equal(4, Listening(server));

        for (var i = 0; i < 40; i++)
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
        }

        await ClosedAsync(server, CloseReason.PeerClosed, 40);
        Assert.Equal(40, server.Statistics.Accepted);
        await AssertBalancedAsync(server);
        await server.StopAsync();
        await RefusedAsync(server.Endpoints[0].Port);
        Assert.Equal(0, Listening(server));
    }

    [Fact]
    public async Task A_server_that_is_suspended_gives_up_all_of_them_and_is_resumed_with_all_of_them()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.Listeners = 3));

        await server.SuspendAsync();
        Assert.Equal(0, Listening(server));
        await server.ResumeAsync();

        Assert.Equal(3, Listening(server));
    }

    [Fact]
    public async Task Where_one_of_them_cannot_be_bound_none_is()
    {
        List<SafeSocketHandle> opened = [];

        await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.Listeners = 3)
            .ConfigureListenSocket(socket =>
            {
                opened.Add(socket.SafeHandle);
                Assert.True(opened.Count < 3, "no third");
            })));

        Assert.Equal([true, true, true], opened.Select(handle => handle.IsClosed));
    }

    [Fact]
    public async Task Several_listeners_do_not_share_the_port_with_another_server()
    {
        var first = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.Listeners = 2), "first");

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(
            s => s.Listen($"{first.Endpoints[0]}").Handle<CounterActor>().Configure(o => o.Listeners = 2), "second"));

        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        Assert.Equal(2, Listening(first));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task Servers_that_all_say_so_share_a_port_and_nobody_else_gets_it(string scheme)
    {
        var first = await StartAsync(s => Share(s, $"{scheme}://127.0.0.1:0"), "first");
        var endpoint = $"{first.Endpoints[0]}";

        await StartAsync(s => Share(s, endpoint), "second");
        await first.StopAsync();

        await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => Share(s, endpoint).Configure(o => o.ReusePort = false), "third"));
        if (scheme == "tcp")
        {
            using var client = await ConnectAsync(first);
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
        }
        else
        {
            using var client = OpenUdp(first);
            Assert.Equal("a", await ExchangeAsync(client, "a"));
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0", "akka-io", 2, false, "listeners = 2 is possible on tcp: and tls: endpoints of driver = native")]
    [InlineData("udp://127.0.0.1:0", "native", 2, false, "listeners = 2 is possible on tcp: and tls: endpoints of driver = native")]
    [InlineData("unix:@nobody", "native", 2, false, "listeners = 2 is possible on tcp: and tls: endpoints of driver = native")]
    [InlineData("fd:nobody", "native", 2, false, "listeners = 2 is possible on tcp: and tls: endpoints of driver = native")]
    [InlineData("tcp://127.0.0.1:0", "default", 1, true, "reuse-port = on is possible on tcp:, tls: and udp: endpoints of driver = native")]
    [InlineData("unix:@nobody", "native", 1, true, "reuse-port = on is possible on tcp:, tls: and udp: endpoints of driver = native")]
    [InlineData("tcp://127.0.0.1:0", "native", 0, false, "listeners = 0 must be at least 1")]
    [InlineData("tcp://127.0.0.1:0", "native", 257, false, "listeners = 257 must be at most 256")]
    public async Task What_cannot_share_a_port_is_refused(string endpoint, string driver, int listeners, bool reuse, string reason)
    {
        var error = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => Share(s, endpoint)
            .Configure(o => (o.Driver, o.Listeners, o.ReusePort) = (driver, listeners, reuse))));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static SocketServerBuilder Share(SocketServerBuilder server, string endpoint) =>
        server.Listen(endpoint).Handle<CounterActor>().HandleDatagram(datagram => datagram.ReplyAsync(datagram.Data).AsTask()).Configure(o => o.ReusePort = true);

    /// <summary>How many sockets listen on the server's port.</summary>
    private static int Listening(SocketServer server)
    {
        const string Listening = "0A";
        var port = $":{server.Endpoints[0].Port.ToString("X4", CultureInfo.InvariantCulture)}";
        return new[] { "/proc/net/tcp", "/proc/net/tcp6" }.SelectMany(File.ReadLines).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[1].EndsWith(port, StringComparison.Ordinal) && fields[3] == Listening);
    }
}
