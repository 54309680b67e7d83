using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Drivers.AkkaIo;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;

namespace ActorSockets.Tests;

/// <summary>What the akka-io driver must do differently from plain Akka.IO.</summary>
public sealed class AkkaIoDriverTests : ServerTest
{
    [Fact]
    public async Task A_listener_that_dies_is_bound_again_on_the_same_port()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        await StopAkkaListenersAsync("IO-TCP");

        await UntilAsync(() => server.Statistics.Rebinds == 1, "bound again");
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
    }

    [Fact]
    public async Task A_connection_cannot_go_on_by_TLS_and_says_which_driver_can()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").UseTls(_ => { }).Handle(async connection =>
            await connection.SendAsync((await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask())).ToString())));
        using var client = await ConnectAsync(server);

        var said = await ReadToEndAsync(client);

        Assert.StartsWith("System.NotSupportedException: a connection of driver = akka-io cannot go on by TLS; one of driver = native can", said, StringComparison.Ordinal);
        Assert.Null(server.Connections.SingleOrDefault()?.Tls);
    }

    [Fact]
    public async Task A_datagram_listener_that_dies_is_bound_again_on_the_same_port_and_its_peers_go_on()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>());
        using var client = OpenUdp(server);
        Assert.Equal("1 a", await ExchangeAsync(client, "a"));

        await StopAkkaListenersAsync("IO-UDP-FF");

        await UntilAsync(() => server.Statistics.Rebinds == 1, "bound again");
        Assert.Equal("2 b", await ExchangeAsync(client, "b"));
        Assert.Equal(1, server.Statistics.Active);
    }

    [Fact]
    public async Task Our_listener_actor_may_die_without_touching_a_live_connection()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");

        Sys.ActorSelection(server.Actor.Path / "listeners" / "*").Tell(Kill.Instance);

        await UntilAsync(() => server.Statistics.Rebinds == 1, "bound again");
        await SendAsync(client, "b\n");
        await ExpectAsync(client, "2 b\n");
        using var another = await ConnectAsync(server);
        await SendAsync(another, "c\n");
        await ExpectAsync(another, "1 c\n");
    }

    [Fact]
    public void A_listening_socket_that_is_closed_already_is_not_replaced()
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        Assert.True(!OperatingSystem.IsLinux() || ListeningSocket.TryClose(listening));
        listening.Dispose();

        // Whatever has the descriptor's number by now must keep it.
        Assert.False(ListeningSocket.TryClose(listening));
    }

    [Fact]
    public async Task Nothing_of_a_stopped_server_is_left_in_the_actor_system()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterActor>().Handle<CounterPeer>());
        using var client = await ConnectAsync(server);
        using var peer = OpenUdp(server, endpoint: 1);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
        Assert.Equal("1 b", await ExchangeAsync(peer, "b"));

        await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline);

        await UntilAsync(() => AkkaListeners("IO-TCP").Count == 0 && AkkaListeners("IO-UDP-FF").Count == 0, "Akka.IO's listeners ended");
        Assert.Throws<ActorNotFoundException>(() => Sys.ActorSelection(server.Actor.Path).ResolveOne(TimeSpan.FromSeconds(1)).GetAwaiter().GetResult());
    }

    [Fact]
    public async Task Nothing_is_left_of_a_start_that_failed_while_other_endpoints_were_being_bound()
    {
        using var taken = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        for (var i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s
                .Listen($"udp://{taken.Client.LocalEndPoint}").Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Listen("udp://[::1]:0")
                .Handle<CounterActor>().Handle<CounterPeer>()).WaitAsync(Deadline));
        }

        await UntilAsync(() => AkkaListeners("IO-TCP").Count == 0 && AkkaListeners("IO-UDP-FF").Count == 0, "Akka.IO's listeners ended");
    }

    [Fact]
    public async Task A_handler_that_does_not_read_holds_the_sender_back()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => Task.Delay(Timeout.Infinite, connection.Closed)));
        using var client = await ConnectAsync(server);
        client.Client.SendBufferSize = 16 * 1024;
        client.Client.Blocking = false;

        // Until the kernel has taken nothing for a while: its buffers and our window are full.
        var total = 0L;
        var quiet = 0;
        var block = new byte[64 * 1024];
        while (quiet < 20)
        {
            total += client.Client.Send(block, SocketFlags.None, out var error);
            Assert.True(error is SocketError.Success or SocketError.WouldBlock, $"{error}");
            Assert.True(total < 64 * 1024 * 1024, "the server reads without bound");
            quiet = error == SocketError.WouldBlock ? quiet + 1 : 0;
            await Task.Delay(error == SocketError.WouldBlock ? 10 : 0);
        }

        Assert.True(total > 64 * 1024);
    }

    [Fact]
    public async Task One_read_takes_up_to_64_KiB()
    {
        var gate = new TaskCompletionSource();
        Connection? connection = null;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.InputWindow = 1024).Handle(async c =>
        {
            connection = c;
            await gate.Task;
            c.Input.AdvanceTo((await c.Input.ReadAtLeastAsync(1024)).Buffer.End);
            await Task.Delay(Timeout.Infinite, c.Closed);
        }));
        using var client = await ConnectAsync(server);

        // The window is full, so that all the rest waits in the kernel until the handler reads: then for one read.
        await client.GetStream().WriteAsync(new byte[1024]);
        await UntilAsync(() => connection?.BytesReceived == 1024, "the window is full");
        await client.GetStream().WriteAsync(new byte[100_000]);
        gate.SetResult();

        await UntilAsync(() => connection?.BytesReceived == 1024 + (64 * 1024), "one read more", () => $"{connection?.BytesReceived}");
    }

    [Fact]
    public async Task What_arrives_after_the_handler_completed_its_reader_is_thrown_away()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            await connection.Input.CompleteAsync();
            await connection.SendAsync("enough");
            await Task.Delay(Timeout.Infinite, connection.Closed);
        }));
        using var client = await ConnectAsync(server);
        await ExpectAsync(client, "enough");

        // Much more than window and kernel hold.
        await client.GetStream().WriteAsync(new byte[32 * 1024 * 1024]).AsTask().WaitAsync(Deadline);
        Assert.Equal(1, server.Statistics.Active);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_for_the_write_stall_timeout_is_cut()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.WriteStallTimeout = TimeSpan.FromMilliseconds(200))
            .Handle(connection => connection.SendAsync(new byte[16 * 1024 * 1024]).AsTask()));
        using var client = await ConnectAsync(server);

        await ClosedAsync(server, CloseReason.SlowConsumer);

        Assert.Equal(0, server.Statistics.HandlerFailures);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_client_that_takes_little_but_always_something_is_not_cut()
    {
        const int Size = 16 * 1024 * 1024;

        // The kernel probes a closed window after 0.2, 0.4, 0.8 s: what it sends then is the progress.
        var timeout = TimeSpan.FromSeconds(4);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.WriteStallTimeout = timeout)
            .Handle(connection => connection.SendAsync(new byte[Size]).AsTask()));
        using var client = new TcpClient(AddressFamily.InterNetwork) { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port);

        // So slowly that one frame of 64 KiB takes several times the timeout.
        var total = 0;
        var buffer = new byte[Size];
        for (var i = 0; i < 60; i++)
        {
            total += await client.GetStream().ReadAsync(buffer.AsMemory(0, 1024)).AsTask().WaitAsync(Deadline);
            await Task.Delay(timeout / 30);
        }

        Assert.Equal(1, server.Statistics.Active);
        total += await client.GetStream().ReadAtLeastAsync(buffer, Size - total).AsTask().WaitAsync(Deadline);
        Assert.Equal(Size, total);
    }

    [Fact]
    public async Task A_closed_connection_reads_on_for_the_linger_timeout_and_then_ends_without_the_client()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.LingerTimeout = TimeSpan.FromMilliseconds(200))
            .Handle(connection => connection.SendAsync("bye").AsTask()));
        using var client = await ConnectAsync(server);

        // Neither read nor closed by the client until the server has let go.
        await SendAsync(client, "never read");
        await ClosedAsync(server, CloseReason.LocalClosed);

        Assert.Equal("bye", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_datagram_to_an_unreachable_network_harms_nobody()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var handlers = new HandlerSet();
        handlers.Set(datagram => Task.FromResult(datagram.Reply(datagram.Data)));

        // It brings the dispatchers along.
        Sys.SocketServers();
        var context = new ServerContext("test", [], handlers, new SocketServerOptions(), Sys.Log, new MemoryBudget(long.MaxValue / 2));
        context.Supervisor = Sys.ActorOf(Props.Create(() => new ConnectionSupervisor(context)));
        var router = new DatagramRouter(context, ActorRefs.Nobody);
        var local = (IPEndPoint)socket.LocalEndPoint!;
        router.Bind(Endpoint.Parse($"udp://{local}"), local, socket);
        router.Open();

        // From the loopback address there is no way to the documentation network 192.0.2.0/24.
        router.Receive("lost"u8, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 9).Serialize())?.Signal();
        await UntilAsync(() => context.Counters.Read().DatagramSendFailures == 1, "the send failed");
        router.Receive("found"u8, client.Client.LocalEndPoint!.Serialize())?.Signal();

        Assert.Equal("found"u8.ToArray(), (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer);
        Assert.Equal(0, context.Counters.Read().HandlerFailures);
    }

    [Fact]
    public async Task Datagrams_are_refused_where_Udp_was_used_before_with_small_buffers()
    {
        Sys.Udp();

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>()));

        Assert.Contains("akka.io.udp.buffer-pool", error.Message, StringComparison.Ordinal);
    }

    private async Task StopAkkaListenersAsync(string manager)
    {
        var listeners = AkkaListeners(manager);
        Assert.NotEmpty(listeners);
        foreach (var listener in listeners)
        {
            Watch(listener);
            Sys.Stop(listener);
            await ExpectTerminatedAsync(listener, Deadline);
        }
    }

    private List<IActorRef> AkkaListeners(string manager) =>
        [.. ((ActorRefWithCell)(manager == "IO-TCP" ? Sys.Tcp() : Sys.Udp())).Children];
}
