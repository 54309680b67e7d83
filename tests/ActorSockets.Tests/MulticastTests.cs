using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Datagrams to groups and to everybody, on the loopback interface, which has no IPv6 groups.</summary>
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
        var networkInterface = group == Group ? Loopback : NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(HasIPv6Groups);
        Skip.If(networkInterface is null, "there is no network interface with IPv6 groups");
        var server = await StartAsync(s => Join(s.Listen($"udp://{host}:0"), group, networkInterface.Name).HandleDatagram(datagram => Task.FromResult(datagram.Reply(datagram.Data))));
        using var client = OpenGroupClient(group, networkInterface);

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

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => Join(s.Listen($"udp://{host}:0"), group, networkInterface)
            .HandleDatagram(_ => Task.CompletedTask)));

        Assert.Contains($"udp://{host}:0", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Unix_endpoint_beside_groups_is_refused()
    {
        var error = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => Join(s.Listen("unixgram:@a-group"), Group, "lo")
            .Configure(o => o.Driver = "native")
            .HandleDatagram(_ => Task.CompletedTask)));

        Assert.Equal("server 'test': datagram.multicast.groups: unixgram:@a-group can join no group; udp: endpoints can", error.Message);
    }

    private static NetworkInterface Loopback => NetworkInterface.GetAllNetworkInterfaces().First(candidate => candidate.NetworkInterfaceType == NetworkInterfaceType.Loopback);

    private static bool HasIPv6Groups(NetworkInterface candidate) =>
        candidate is { OperationalStatus: OperationalStatus.Up, SupportsMulticast: true, NetworkInterfaceType: not NetworkInterfaceType.Loopback }
        && candidate.GetIPProperties().UnicastAddresses.Any(address => address.Address.IsIPv6LinkLocal);

    private static SocketServerBuilder Join(SocketServerBuilder server, string group, string networkInterface) =>
        server.Configure(o => (o.MulticastGroups, o.MulticastInterface) = ([group], networkInterface));

    private static UdpClient OpenGroupClient(string group, NetworkInterface networkInterface)
    {
        var family = IPAddress.Parse(group).AddressFamily;
        var client = new UdpClient(0, family);
        if (family == AddressFamily.InterNetwork)
        {
            client.Client.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(networkInterface.GetIPProperties().GetIPv4Properties().Index));
        }
        else
        {
            client.Client.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, networkInterface.GetIPProperties().GetIPv6Properties().Index);
        }

        return client;
    }
}
