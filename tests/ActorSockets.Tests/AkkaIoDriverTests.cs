using System.Net.Sockets;
using Akka.Actor;
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
    public async Task A_datagram_listener_that_dies_is_bound_again_on_the_same_port()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>());

        await StopAkkaListenersAsync("IO-UDP-FF");

        await UntilAsync(() => server.Statistics.Rebinds == 1, "bound again");
        using var client = OpenUdp(server);
        Assert.Equal("1 a", await ExchangeAsync(client, "a"));
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
