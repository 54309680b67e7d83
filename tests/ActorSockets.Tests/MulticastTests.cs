using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Datagrams to groups and to everybody, on the loopback interface.</summary>
public sealed class MulticastTests : ServerTest
{
    // Of the range that is for the use of one site.
    private const string Group = "239.255.77.1";
    private const string Group6 = "ff15::77:1";

    [SkippableTheory]
    [InlineData("0.0.0.0", Group)]
    [InlineData(Group, Group)]
    [InlineData("[::]", Group)]
    [InlineData("[::]", Group6)]
    public async Task A_datagram_to_a_group_that_was_joined_is_handled_and_answered(string host, string group)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the name of the loopback interface is another one");
        var server = await StartAsync(s => Join(s.Listen($"udp://{host}:0"), group).HandleDatagram(datagram => Task.FromResult(datagram.Reply(datagram.Data))));
        using var client = OpenGroupClient(group);

        await client.SendAsync("all"u8.ToArray(), new IPEndPoint(IPAddress.Parse(group), server.Endpoints[0].Port));

        var reply = await client.ReceiveAsync().WaitAsync(Deadline);
        Assert.Equal("all", Encoding.UTF8.GetString(reply.Buffer));
        Assert.Equal(server.Endpoints[0].Port, reply.RemoteEndPoint.Port);
    }

    [SkippableFact]
    public async Task A_handler_sends_to_a_group()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the name of the loopback interface is another one");
        using var member = new UdpClient(new IPEndPoint(IPAddress.Any, 0));
        member.Client.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse(Group), IPAddress.Loopback));
        var to = new IPEndPoint(IPAddress.Parse(Group), ((IPEndPoint)member.Client.LocalEndPoint!).Port);
        var server = await StartAsync(s => s.Listen("udp://0.0.0.0:0")
            .Configure(o => o.MulticastInterface = "lo")
            .HandleDatagram(datagram => Task.FromResult(datagram.Peer.SendTo(datagram.Data, to))));
        using var client = OpenUdp(server);

        await client.SendAsync("to all"u8.ToArray());

        Assert.Equal("to all"u8.ToArray(), (await member.ReceiveAsync().WaitAsync(Deadline)).Buffer);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broadcast_is_sent_where_it_is_switched_on(bool isOn)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the loopback network has a broadcast address on Linux");
        using var member = new UdpClient(new IPEndPoint(IPAddress.Any, 0));
        var to = new IPEndPoint(IPAddress.Parse("127.255.255.255"), ((IPEndPoint)member.Client.LocalEndPoint!).Port);
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0")
            .Configure(o => o.Broadcast = isOn)
            .HandleDatagram(datagram => Task.FromResult(datagram.Reply(datagram.Peer.SendTo(datagram.Data, to) ? "sent"u8.ToArray() : "not sent"u8.ToArray()))));
        using var client = OpenUdp(server);

        Assert.Equal(isOn ? "sent" : "not sent", await ExchangeAsync(client, "to all"));

        Assert.Equal(isOn ? 0 : 1, server.Statistics.DatagramSendFailures);
        if (isOn)
        {
            Assert.Equal("to all"u8.ToArray(), (await member.ReceiveAsync().WaitAsync(Deadline)).Buffer);
        }
    }

    [SkippableTheory]
    [InlineData("127.0.0.1", Group, "lo", "datagram.multicast.groups: what is sent to 239.255.77.1 does not arrive at 127.0.0.1; listen on")]
    [InlineData("0.0.0.0", Group6, "lo", "datagram.multicast.groups: what is sent to ff15::77:1 does not arrive at 0.0.0.0; listen on")]
    [InlineData("0.0.0.0", Group, "none0", "datagram.multicast.interface = none0: there is no network interface of this name")]
    public async Task A_group_that_cannot_be_joined_fails_the_start_with_the_name_of_its_key(string host, string group, string networkInterface, string message)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "elsewhere the rules differ");

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => Join(s.Listen($"udp://{host}:0"), group)
            .Configure(o => o.MulticastInterface = networkInterface)
            .HandleDatagram(_ => Task.CompletedTask)));

        Assert.Contains($"udp://{host}:0", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Unix_endpoint_beside_groups_is_refused()
    {
        var error = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => Join(s.Listen("unixgram:@a-group"), Group)
            .Configure(o => o.Driver = "native")
            .HandleDatagram(_ => Task.CompletedTask)));

        Assert.Equal("server 'test': datagram.multicast.groups: unixgram:@a-group can join no group; udp: endpoints can", error.Message);
    }

    private static SocketServerBuilder Join(SocketServerBuilder server, string group) => server.Configure(o => (o.MulticastGroups, o.MulticastInterface) = ([group], "lo"));

    private static UdpClient OpenGroupClient(string group)
    {
        if (IPAddress.Parse(group).AddressFamily == AddressFamily.InterNetwork)
        {
            var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            client.Client.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
            return client;
        }

        var client6 = new UdpClient(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        client6.Client.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, 1);
        return client6;
    }
}
