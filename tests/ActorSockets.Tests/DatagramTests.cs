using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Connections;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using ActorSockets.Tests.Faults;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class DatagramTests : ServerTest
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_507)]
    public async Task A_datagram_of_any_size_comes_back_whole(int size)
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(async datagram => await datagram.ReplyAsync(datagram.Data)));
        using var client = OpenUdp(server);
        var data = new byte[size];
        new Random(size).NextBytes(data);

        await client.SendAsync(data);

        Assert.Equal(data, (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer);
    }

    [Fact]
    public async Task A_datagram_that_cannot_be_answered_harms_nobody()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(datagram =>
        {
            var tooLong = datagram.Data.Span.SequenceEqual("long"u8);
            Assert.Equal(!tooLong, datagram.Reply(tooLong ? new byte[70_000] : datagram.Data));
            Assert.Equal(1, datagram.Peer.SendFailures);
            return Task.CompletedTask;
        }));
        using var client = OpenUdp(server);

        await client.SendAsync("long"u8.ToArray());

        Assert.Equal("fine", await ExchangeAsync(client, "fine"));
        Assert.Equal(1, server.Statistics.DatagramSendFailures);
        Assert.Equal(0, server.Statistics.HandlerFailures);
        await AssertBalancedAsync(server);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    public async Task A_datagram_that_claims_to_come_from_the_server_itself_is_dropped(string host, string sender)
    {
        var context = new ServerContext("test", [], new HandlerSet(), new SocketServerOptions(), Sys.Log, new MemoryBudget(long.MaxValue / 2));
        context.Supervisor = TestActor;
        var router = new DatagramRouter(context, ActorRefs.Nobody);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(host), 0));
        var local = (IPEndPoint)socket.LocalEndPoint!;
        router.Bind(Endpoint.Parse($"udp://{local}"), local, socket);
        router.Open();

        router.Receive("loop"u8, new IPEndPoint(IPAddress.Parse(sender), local.Port).Serialize());

        Assert.Equal(1, context.Counters.Read().DatagramsDropped[DropReason.OwnAddress]);
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_datagram_that_was_kept_cannot_be_read_when_its_handler_is_done()
    {
        var kept = new TaskCompletionSource<Datagram>();
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(async datagram =>
        {
            await Task.Yield();
            Assert.Equal("x"u8.ToArray(), datagram.Data);
            kept.TrySetResult(datagram);
        }));
        using var client = OpenUdp(server);

        await client.SendAsync("x"u8.ToArray());

        var datagram = await kept.Task.WaitAsync(Deadline);
        await UntilAsync(() => server.Statistics.DatagramsHandled == 1, "handled");
        Assert.Throws<InvalidOperationException>(() => datagram.Data);
        Assert.True(datagram.Reply("later"u8.ToArray()));
        Assert.Equal("later"u8.ToArray(), (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer);
    }

    [Fact]
    public async Task A_handler_that_is_abandoned_keeps_its_datagram_to_itself()
    {
        var gate = new TaskCompletionSource();
        var seen = new TaskCompletionSource<string>();
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(async datagram =>
        {
            await gate.Task.ConfigureAwait(false);
            seen.SetResult(Encoding.UTF8.GetString(datagram.Data.Span));
        }));
        using var client = OpenUdp(server);
        await client.SendAsync("mine"u8.ToArray());
        await UntilAsync(() => server.Statistics.Accepted == 1, "received");
        await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline);

        // Its buffer would be the first to be used again.
        var other = WaitingDatagram.Copy("????"u8, null);
        gate.SetResult();

        Assert.Equal("mine", await seen.Task.WaitAsync(Deadline));
        other.Return();
    }

    [Fact]
    public async Task A_peer_that_is_gone_when_it_is_answered_harms_nobody()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(async datagram => await datagram.ReplyAsync(datagram.Data)));
        for (var i = 0; i < 20; i++)
        {
            using var gone = OpenUdp(server);
            await gone.SendAsync("bye"u8.ToArray());
        }

        using var client = OpenUdp(server);
        Assert.Equal("still here", await ExchangeAsync(client, "still here"));
        await UntilAsync(() => server.Statistics.DatagramsHandled == 21, "all handled");
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_request_handler_replies_with_what_it_wrote_when_it_succeeded()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<UpperHandler>());
        using var client = OpenUdp(server);

        await client.SendAsync("nothing"u8.ToArray());
        await client.SendAsync("fail"u8.ToArray());

        Assert.Equal("HELLO", await ExchangeAsync(client, "hello"));
        await UntilAsync(() => server.Statistics.DatagramsSent == 1, "one reply counted");
    }

    [Fact]
    public async Task An_actor_per_peer_keeps_state_and_expires()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>()
            .Configure(o => o.PeerTimeout = TimeSpan.FromMilliseconds(200)));
        using var one = OpenUdp(server);
        using var two = OpenUdp(server);

        Assert.Equal("1 a", await ExchangeAsync(one, "a"));
        Assert.Equal("1 b", await ExchangeAsync(two, "b"));
        await ClosedAsync(server, CloseReason.IdleTimeout, 2);
        Assert.Equal("1 c", await ExchangeAsync(one, "c"));
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("null")]
    public async Task A_delegate_that_fails_before_its_first_await_is_booked_like_any_other(string how)
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(datagram => datagram.Data.Length == 1
            ? Task.FromResult(datagram.Reply("ok"u8.ToArray()))
            : how == "null" ? null! : throw new InvalidOperationException("asked to")));
        using var client = OpenUdp(server);

        await client.SendAsync("fail"u8.ToArray());

        Assert.Equal("ok", await ExchangeAsync(client, "x"));
        Assert.Equal(1, server.Statistics.DatagramsDropped[DropReason.HandlerFailed]);
        Assert.Equal(new StopReport(1, 0), await server.StopAsync().WaitAsync(Deadline));
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_datagram_that_is_being_handled_at_the_drain_timeout_is_in_the_books()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(_ => Task.Delay(Timeout.Infinite)));
        using var client = OpenUdp(server);
        await client.SendAsync("x"u8.ToArray());
        await UntilAsync(() => server.Statistics.Accepted == 1, "received");

        Assert.Equal(new StopReport(0, 1), await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline));

        Assert.Equal(1, server.Statistics.DatagramsDropped[DropReason.PeerClosed]);
        await AssertBalancedAsync(server);
    }

    [Fact]
    [Proves("one more than * peers", "TooManyPeers")]
    public async Task A_new_peer_is_dropped_and_counted_when_there_are_too_many()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>().Configure(o => o.MaxPeers = 1));
        using var one = OpenUdp(server);
        using var two = OpenUdp(server);

        Assert.Equal("1 a", await ExchangeAsync(one, "a"));
        await two.SendAsync("b"u8.ToArray());

        await UntilAsync(() => server.Statistics.DatagramsDropped[DropReason.TooManyPeers] == 1, "dropped");
        Assert.Equal("2 c", await ExchangeAsync(one, "c"));
        await AssertBalancedAsync(server);
    }

    [Fact]
    [Proves("more than * datagrams of a peer wait, or * of all", "QueueFull")]
    public async Task The_newest_datagram_is_dropped_and_counted_when_a_peers_queue_is_full()
    {
        var gate = new TaskCompletionSource();
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Configure(o => o.DatagramQueue = 2).HandleDatagram(async datagram =>
        {
            await gate.Task;
            datagram.Reply(datagram.Data);
        }));
        using var client = OpenUdp(server);

        await client.SendAsync("1"u8.ToArray());
        await UntilAsync(() => server.Statistics.Accepted == 1, "peer made");
        for (var i = 2; i <= 10; i++)
        {
            await client.SendAsync(Encoding.UTF8.GetBytes($"{i}"));
        }

        await UntilAsync(() => server.Statistics.DatagramsReceived == 10, "received");
        gate.SetResult();
        Assert.Equal("1"u8.ToArray(), (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer);
        await UntilAsync(() => server.Statistics.DatagramsHandled + server.Statistics.DatagramsDropped[DropReason.QueueFull] == 10, "books balance");
        Assert.True(server.Statistics.DatagramsDropped[DropReason.QueueFull] >= 7);
    }

    [Fact]
    public async Task Datagrams_that_wait_are_bounded_over_all_peers_of_an_endpoint()
    {
        var gate = new TaskCompletionSource();
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Configure(o => o.DatagramBuffer = 128 * 1024).HandleDatagram(_ => gate.Task));
        var peers = Enumerable.Range(0, 10).Select(_ => OpenUdp(server)).ToList();
        foreach (var peer in peers)
        {
            // The first of each is being handled; what comes then waits.
            await peer.SendAsync("x"u8.ToArray());
        }

        await UntilAsync(() => server.Statistics.Accepted == 10, "all peers made");
        for (var i = 0; i < 10; i++)
        {
            await peers[i].SendAsync(new byte[60_000]);
            await UntilAsync(() => server.Statistics.DatagramsReceived == 11 + i, "received");
        }

        Assert.InRange(server.Statistics.DatagramsDropped[DropReason.QueueFull], 8, 9);
        gate.SetResult();
        await AssertBalancedAsync(server);

        // Room again.
        await peers[9].SendAsync(new byte[60_000]);
        await UntilAsync(() => server.Statistics.DatagramsHandled >= 12, "handled", () => $"{server.Statistics}");
        peers.ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task A_dual_stack_endpoint_serves_datagrams_of_both_families()
    {
        var server = await StartAsync(s => s.Listen("udp://[::]:0").HandleDatagram(async datagram =>
            await datagram.ReplyAsync(Encoding.UTF8.GetBytes(((IPEndPoint)datagram.Peer.RemoteEndPoint).Address.ToString()))));
        using var v4 = OpenUdp(server);
        using var v6 = new UdpClient(AddressFamily.InterNetworkV6);
        v6.Connect(IPAddress.IPv6Loopback, server.Endpoints[0].Port);

        Assert.Equal("127.0.0.1", await ExchangeAsync(v4, "?"));
        Assert.Equal("::1", await ExchangeAsync(v6, "?"));
    }

    private sealed class UpperHandler : DatagramRequestHandler
    {
        protected internal override Task HandleAsync()
        {
            var text = Encoding.UTF8.GetString(Datagram.Data.Span);
            if (text != "nothing")
            {
                Output.Write(Encoding.UTF8.GetBytes(text.ToUpperInvariant()));
            }

            return text == "fail" ? throw new InvalidOperationException("asked to") : Task.CompletedTask;
        }
    }
}
