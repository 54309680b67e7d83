using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Servers;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Who may connect, by address: <c>allow</c>, <c>deny</c>, <c>max-connections-per-address</c>.</summary>
public sealed class AddressTests : ServerTest
{
    [Fact]
    [Proves("one more than * from an address", "AddressFull")]
    public async Task An_address_has_so_many_connections_and_no_more_and_others_are_served_all_the_same()
    {
        var server = await StartAsync(s => s.Listen("tcp://0.0.0.0:0").Handle<CounterActor>().RejectWith("-ERR too many\r\n"u8.ToArray())
            .Configure(o => o.MaxConnectionsPerAddress = 3));
        List<TcpClient> served = [];
        for (var i = 0; i < 3; i++)
        {
            served.Add(await ServedAsync(server, "127.0.0.2"));
        }

        for (var i = 0; i < 7; i++)
        {
            using var refused = await ConnectFromAsync(server, "127.0.0.2");
            Assert.Equal("-ERR too many\r\n", await ReadToEndAsync(refused));
        }

        using var other = await ServedAsync(server, "127.0.0.3");
        Assert.Equal((4, 7), (server.Statistics.Accepted, server.Statistics.Refused[RefusalReason.AddressFull]));
        Assert.Equal(7, server.Statistics.Refused.Values.Sum());
        served.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task What_a_connection_held_of_its_address_is_free_again_however_it_ended()
    {
        var server = await StartAsync(s => s.Listen("tcp://0.0.0.0:0").Handle<CounterActor>().Configure(o => (o.MaxConnectionsPerAddress, o.LingerTimeout) = (1, TimeSpan.Zero)));
        for (var i = 0; i < 20; i++)
        {
            var client = await EventuallyAsync(() => ServedAsync(server, "127.0.0.2"));
            client.Client.LingerState = new LingerOption(i % 2 == 0, 0);
            client.Close();
        }

        Assert.Equal(20, server.Statistics.Accepted);
    }

    [Fact]
    public async Task A_connection_whose_socket_cannot_be_configured_holds_nothing_of_its_address()
    {
        var fails = true;
        var server = await StartAsync(s => s.Listen("tcp://0.0.0.0:0").Handle<CounterActor>().Configure(o => o.MaxConnectionsPerAddress = 1)
            .ConfigureSocket(_ => Assert.False(Volatile.Read(ref fails))));
        for (var i = 0; i < 5; i++)
        {
            await TurnedDownAsync(server, "127.0.0.2");
        }

        await UntilAsync(() => server.Statistics.Refused[RefusalReason.ConfigureFailed] == 5, "they are counted");
        Volatile.Write(ref fails, false);
        using var served = await EventuallyAsync(() => ServedAsync(server, "127.0.0.2"));
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void Addresses_of_IPv6_count_as_one_where_they_are_of_one_network(string first, string second, bool isSame)
    {
        using var gate = new AcceptGate(new SocketServerOptions { MaxConnectionsPerAddress = 1 });

        Assert.Null(gate.Enter(new IPEndPoint(IPAddress.Parse(first), 1), out var lease));
        Assert.Equal(isSame ? RefusalReason.AddressFull : null, gate.Enter(new IPEndPoint(IPAddress.Parse(second), 2), out var none));
        Assert.Equal(isSame, none is null);

        lease!.Dispose();
        Assert.Null(gate.Enter(new IPEndPoint(IPAddress.Parse(first), 3), out _));
    }

    [Fact]
    public void Never_one_more_is_let_in_from_an_address_however_many_come_at_once()
    {
        using var gate = new AcceptGate(new SocketServerOptions { MaxConnectionsPerAddress = 7 });
        var (inside, most, let) = (0, 0, 0);
        Parallel.For(0, 10_000, i =>
        {
            if (gate.Enter(new IPEndPoint(IPAddress.Loopback, i), out var lease) is null)
            {
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                Interlocked.Increment(ref let);
                Interlocked.Decrement(ref inside);
                lease!.Dispose();
            }
        });

        Assert.InRange(most, 1, 7);
        Assert.InRange(let, 7, 10_000);
    }

    [Theory]
    [InlineData("127.0.0.2", false)]
    [InlineData("127.0.0.3", true)]
    [InlineData("127.0.1.1", false)]
    [Proves("a client connects from an address that allow or deny keeps out", "client: reset; NotAllowed")]
    [Proves("a datagram comes from an address that allow or deny keeps out", "the books: NotAllowed")]
    public async Task Only_who_is_allowed_and_not_denied_is_let_in(string address, bool isServed)
    {
        var server = await StartAsync(s => s.Listen("tcp://0.0.0.0:0").Listen("udp://0.0.0.0:0").Handle<CounterActor>()
            .HandleDatagram(datagram => Task.FromResult(datagram.Reply(datagram.Data))).RejectWith("not for those"u8.ToArray())
            .Configure(o => (o.Allow, o.Deny) = (["127.0.0.0/24"], ["127.0.0.2"])));

        using var datagrams = new UdpClient(new IPEndPoint(IPAddress.Parse(address), 0));
        await datagrams.SendAsync("a"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, server.Endpoints[1].Port));
        if (isServed)
        {
            using var client = await ServedAsync(server, address);
            Assert.Equal("a", Encoding.UTF8.GetString((await datagrams.ReceiveAsync().WaitAsync(Deadline)).Buffer));
            return;
        }

        await TurnedDownAsync(server, address);
        await UntilAsync(() => server.Statistics.Refused[RefusalReason.NotAllowed] == 1, "it is counted");
        Assert.Equal(0, server.Statistics.Accepted);
        await UntilAsync(() => server.Statistics.DatagramsDropped[DropReason.NotAllowed] == 1, "the datagram is dropped");
        await AssertBalancedAsync(server);
    }

    [SkippableFact]
    public async Task Who_comes_by_IPv4_to_an_IPv6_endpoint_is_known_by_the_IPv4_address()
    {
        Skip.IfNot(Socket.OSSupportsIPv6, "the machine has no IPv6");
        var server = await StartAsync(s => s.Listen("tcp://[::]:0").Handle<CounterActor>().Configure(o => o.Allow = ["127.0.0.3/32"]));

        using var client = await ServedAsync(server, "127.0.0.3");
        await TurnedDownAsync(server, "127.0.0.2");
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", "11.0.0.0")]
    [InlineData("0.0.0.0/0", "255.1.2.3", "::1")]
    [InlineData("192.168.1.7", "192.168.1.7", "192.168.1.8")]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::")]
    [InlineData("::1", "::1", "::2")]
    public void A_network_has_its_addresses_and_no_others(string network, string inside, string outside)
    {
        var filter = new AddressFilter([network], []);

        Assert.True(filter.LetsIn(new IPEndPoint(IPAddress.Parse(inside), 1)));
        Assert.False(filter.LetsIn(new IPEndPoint(IPAddress.Parse(outside), 1)));
    }

    [Theory]
    [InlineData("10.0.0.0/33", "has bits behind the first 33, or not so many")]
    [InlineData("10.0.0.1/8", "has bits behind the first 8, or not so many")]
    [InlineData("localhost", "is not a network, as in 10.0.0.0/8, 2001:db8::/32 or ::1")]
    [InlineData("10.0.0.0/8/8", "is not a network, as in")]
    [InlineData("10.0.0.0/", "is not a network, as in")]
    [InlineData("::ffff:10.0.0.1", "write it as 10.0.0.1")]
    public void What_is_no_network_is_refused_with_the_reason(string network, string reason)
    {
        var exception = Assert.Throws<ConfigurationException>(() =>
            Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.Deny = [network])));

        Assert.StartsWith($"server 'test': deny: '{network}' ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_by_address_are_refused_where_nobody_has_one()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Sys.SocketServers().Create(
            "test", s => s.Listen("unix:/tmp/nobody.sock").Handle<CounterActor>().Configure(o => (o.Driver, o.Allow) = ("native", ["127.0.0.1"]))));

        Assert.Equal("server 'test': allow: unix:/tmp/nobody.sock and its like have no addresses; tcp:, tls: and udp: endpoints have", exception.Message);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static async Task<TcpClient> ServedAsync(SocketServer server, string address)
    {
        var client = await ConnectFromAsync(server, address);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
        return client;
    }
}
