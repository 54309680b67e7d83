using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Connections;
using ActorSockets.Drivers.AkkaIo;
using ActorSockets.Drivers.Native;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>What receiving a datagram costs, and which address it is answered from.</summary>
[Collection(nameof(Alone))]
public sealed class DatagramReceiverTests : ServerTest
{
    private const int Datagrams = 2000;
    private const int AtATime = 8;

    [SkippableTheory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public async Task A_datagram_of_a_known_peer_makes_no_garbage(string host)
    {
        Skip.If(host == "0.0.0.0" && !OperatingSystem.IsLinux(), "only Linux tells the address that was asked");
        var server = await StartAsync(s => s.Listen($"udp://{host}:0").Handle<EchoPeer>());

        var least = await Task.Factory.StartNew(() => MeasureGarbage(server.Endpoints[0].Port), TaskCreationOptions.LongRunning);

        // What else goes on in the process is less than a byte per datagram; an object has 24 at least.
        Assert.InRange(least, 0, Datagrams - 1);
        Assert.Equal(1, server.Statistics.Accepted);
    }

    /// <summary>Asks with so many at a time, in rounds, of which the first ones warm up.</summary>
    private static long MeasureGarbage(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Deadline.TotalMilliseconds };
        client.Connect(IPAddress.Loopback, port);
        var buffer = new byte[64];
        var least = long.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var sent = 0; sent < Datagrams; sent += AtATime)
            {
                for (var i = 0; i < AtATime; i++)
                {
                    client.Send(buffer);
                }

                for (var i = 0; i < AtATime; i++)
                {
                    client.Receive(buffer);
                }
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }

    [Fact]
    public async Task A_peer_is_told_once_of_all_datagrams_that_wait()
    {
        const int Waiting = 10;
        var context = new ServerContext("test", [], new HandlerSet(), new SocketServerOptions(), Sys.Log, new MemoryBudget(long.MaxValue / 2));
        var (socket, router) = Bind(context, TestActor);
        using var _ = socket;
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        router.Receive("first"u8, client.Client.LocalEndPoint!.Serialize());
        var peer = (DatagramPeer)(await ExpectMsgAsync<ConnectionSupervisor.Start>(Deadline)).Peer;
        var signals = new SignalCounter((ExtendedActorSystem)Sys, peer);
        peer.Start(signals);
        for (var i = 0; i < Waiting; i++)
        {
            await client.SendAsync("x"u8.ToArray(), (IPEndPoint)socket.LocalEndPoint!);
        }

        new DatagramReceiver(socket, router, context.Options, TestActor).Start();

        await UntilAsync(() => context.Counters.Read().DatagramsReceived == 1 + Waiting && signals.Count > 1, "received and told");
        Assert.Equal(2, signals.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(40)]
    public async Task What_a_peer_has_room_for_is_not_lost_because_it_was_not_told_in_time(int queue)
    {
        var context = new ServerContext("test", [], new HandlerSet(), new SocketServerOptions { DatagramQueue = queue }, Sys.Log, new MemoryBudget(long.MaxValue / 2));
        var (socket, router) = Bind(context, TestActor);
        using var _ = socket;
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        router.Receive("first"u8, client.Client.LocalEndPoint!.Serialize());
        var peer = (DatagramPeer)(await ExpectMsgAsync<ConnectionSupervisor.Start>(Deadline)).Peer;
        peer.Start(new SignalCounter((ExtendedActorSystem)Sys, peer, takes: true));
        for (var i = 0; i < 3 * queue; i++)
        {
            await client.SendAsync("x"u8.ToArray(), (IPEndPoint)socket.LocalEndPoint!);
        }

        new DatagramReceiver(socket, router, context.Options, TestActor).Start();

        await UntilAsync(() => context.Counters.Read().DatagramsReceived == 1 + (3 * queue), "all are received");
        Assert.Equal(0, context.Counters.Read().DatagramsDropped[DropReason.QueueFull]);
    }

    private static (Socket Socket, DatagramRouter Router) Bind(ServerContext context, IActorRef peers)
    {
        context.Supervisor = peers;
        var router = new DatagramRouter(context, ActorRefs.Nobody);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var local = (IPEndPoint)socket.LocalEndPoint!;
        router.Bind(Endpoint.Parse($"udp://{local}"), local, socket);
        router.Open();
        return (socket, router);
    }

    [SkippableTheory]
    [InlineData("0.0.0.0", "127.0.0.2", "127.0.0.2")]
    [InlineData("0.0.0.0", "127.0.0.1", "127.0.0.1")]
    [InlineData("[::]", "127.0.0.2", "127.0.0.2")]
    [InlineData("[::]", "::1", "::1")]
    [InlineData("0.0.0.0", "127.255.255.255", "127.0.0.1")]
    [InlineData("127.0.0.2", "127.0.0.2", "127.0.0.2")]
    public async Task A_reply_comes_from_the_address_that_was_asked(string host, string asked, string answers)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the address that was asked");
        var server = await StartAsync(s => s.Listen($"udp://{host}:0").HandleDatagram(datagram =>
            Task.FromResult(datagram.Reply(Encoding.UTF8.GetBytes($"{((IPEndPoint)datagram.Peer.LocalEndPoint).Address} asked by {((IPEndPoint)datagram.Peer.RemoteEndPoint).Address}")))));
        var address = IPAddress.Parse(asked);
        using var client = new UdpClient(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0)) { EnableBroadcast = true };

        await client.SendAsync("?"u8.ToArray(), new IPEndPoint(address, server.Endpoints[0].Port));

        var reply = await client.ReceiveAsync().WaitAsync(Deadline);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(answers), server.Endpoints[0].Port), reply.RemoteEndPoint);
        Assert.Equal($"{answers} asked by {((IPEndPoint)client.Client.LocalEndPoint!).Address}", Encoding.UTF8.GetString(reply.Buffer));
    }

    [SkippableFact]
    public async Task Who_asks_two_addresses_is_two_peers()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the address that was asked");
        var server = await StartAsync(s => s.Listen("udp://0.0.0.0:0").Handle<CounterPeer>());
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        foreach (var (asked, answer) in new[] { ("127.0.0.1", "1 x"), ("127.0.0.2", "1 x"), ("127.0.0.1", "2 x") })
        {
            await client.SendAsync("x"u8.ToArray(), new IPEndPoint(IPAddress.Parse(asked), server.Endpoints[0].Port));
            Assert.Equal(answer, Encoding.UTF8.GetString((await client.ReceiveAsync().WaitAsync(Deadline)).Buffer));
        }

        Assert.Equal(2, server.Statistics.Accepted);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(65_507)]
    public async Task A_datagram_of_any_size_comes_back_whole_from_the_address_that_was_asked(int size)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the address that was asked");
        var server = await StartAsync(s => s.Listen("udp://0.0.0.0:0").Handle<EchoPeer>());
        using var client = new UdpClient("127.0.0.2", server.Endpoints[0].Port);
        var data = new byte[size];
        new Random(size).NextBytes(data);

        await client.SendAsync(data);

        Assert.Equal(data, (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer);
    }

    [SkippableFact]
    public async Task A_reply_that_cannot_be_sent_is_counted_and_the_next_one_is_sent()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the address that was asked");
        var server = await StartAsync(s => s.Listen("udp://0.0.0.0:0").HandleDatagram(datagram =>
        {
            Assert.False(datagram.Reply(new byte[70_000]));
            Assert.Equal(1, datagram.Peer.SendFailures);
            datagram.Reply(datagram.Data);
            return Task.CompletedTask;
        }));
        using var client = OpenUdp(server);

        Assert.Equal("fine", await ExchangeAsync(client, "fine"));
        Assert.Equal(1, server.Statistics.DatagramSendFailures);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    /// <summary>An actor that looks at once, so that nothing but the receiver puts signals together.</summary>
    /// <summary>Stands for a peer's actor, which may take what waits for it.</summary>
    private sealed class SignalCounter(ExtendedActorSystem system, DatagramPeer peer, bool takes = false) : CallbackRef(system, "signals")
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        protected override void TellInternal(object message, IActorRef sender)
        {
            peer.AcceptSignal();
            Interlocked.Increment(ref _count);
            while (takes && peer.TryTake(out var datagram))
            {
                datagram.Return();
            }
        }
    }

    private sealed class EchoPeer : DatagramActor
    {
        protected override void OnReceived(Datagram datagram) => datagram.Reply(datagram.Data);
    }
}
