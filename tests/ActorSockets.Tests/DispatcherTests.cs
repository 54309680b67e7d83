using System.Buffers;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets.Tests;

public sealed class DispatcherTests : ServerTest
{
    private const int Hops = 10_000;

    [Fact]
    public async Task The_event_loop_serves_without_the_switch()
    {
        Assert.False(EventLoop.IsEnabled);
        Assert.True(EventLoop.Config.IsEmpty);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<EchoActor>().Configure(o => o.Dispatcher = ServerDispatcher.EventLoop));

        for (var i = 0; i < 3; i++)
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "one");
            await ExpectAsync(client, "one");
            await SendAsync(client, "two");
            await ExpectAsync(client, "two");
        }

        await ClosedAsync(server, CloseReason.PeerClosed, 3);
    }

    [Fact]
    public async Task On_the_blocking_dispatcher_others_are_served_while_fewer_handlers_block_than_it_has_threads()
    {
        var threads = SocketServers.DefaultConfig.GetInt("actor-sockets.dispatchers.blocking.thread-count");
        using var release = new ManualResetEventSlim();
        var server = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0")
            .Handle(() => new BlockingActor(release))
            .Configure(o => o.Dispatcher = ServerDispatcher.Blocking));
        var clients = new List<TcpClient>();
        try
        {
            for (var i = 1; i < threads; i++)
            {
                clients.Add(await ConnectAsync(server));
                await SendAsync(clients[^1], "block");
            }

            clients.Add(await ConnectAsync(server));
            await SendAsync(clients[^1], "hello");
            await ExpectAsync(clients[^1], "hello");

            release.Set();
            foreach (var client in clients[..^1])
            {
                await ExpectAsync(client, "block");
            }
        }
        finally
        {
            release.Set();
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_dispatcher_without_threads_fails_the_start()
    {
        using var system = ActorSystem.Create("none", "akka.loglevel = OFF, actor-sockets.dispatchers.blocking.thread-count = 0");

        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => system.SocketServers().StartAsync(
            "test", s => s.Listen("tcp://127.0.0.1:0").Handle<EchoActor>().Configure(o => o.Dispatcher = ServerDispatcher.Blocking)));
        Assert.Equal("actor-sockets.dispatchers.blocking: thread-count is less than 1", exception.Message);
    }

    [Fact]
    public async Task A_long_chain_of_messages_between_connection_actors_on_the_event_loop_does_not_recurse()
    {
        var server = await StartHoppingAsync();
        using var first = await ConnectEchoingAsync(server);
        using var second = await ConnectEchoingAsync(server);
        BeginHopping(server, Hops);

        await Task.WhenAny(ExpectAsync(first, "done"), ExpectAsync(second, "done")).Unwrap();
    }

    [Fact]
    public async Task Connection_actors_that_never_stop_telling_each_other_leave_the_event_loop_to_other_sockets_in_between()
    {
        var server = await StartHoppingAsync();
        using var first = await ConnectEchoingAsync(server);
        using var second = await ConnectEchoingAsync(server);
        BeginHopping(server, int.MaxValue);

        using var other = await ConnectAsync(server);
        for (var i = 0; i < 100; i++)
        {
            await EchoAsync(other);
        }
    }

    private Task<SocketServer> StartHoppingAsync() =>
        StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<HoppingActor>().Configure(o => o.Dispatcher = ServerDispatcher.EventLoop));

    private static async Task<TcpClient> ConnectEchoingAsync(SocketServer server)
    {
        var client = await ConnectAsync(server);
        await EchoAsync(client);
        return client;
    }

    /// <summary>Has its two connections tell each other so many messages.</summary>
    private static void BeginHopping(SocketServer server, int hops)
    {
        var actors = server.Connections.Select(connection => connection.Self).ToList();
        actors[0].Tell(new Hop(actors[1], hops), actors[0]);
    }

    private static async Task EchoAsync(TcpClient client)
    {
        await SendAsync(client, "echo");
        await ExpectAsync(client, "echo");
    }

    private sealed record Hop(IActorRef Next, int Left);

    /// <summary>Passes a message on, to the one that it came from, as often as it says.</summary>
    private sealed class HoppingActor : ConnectionActor
    {
        public HoppingActor() => Receive<Hop>(hop =>
        {
            if (hop.Left == 0)
            {
                Connection.Output.Write("done"u8);
            }
            else
            {
                hop.Next.Tell(new Hop(Self, hop.Left - 1));
            }
        });

        protected override void OnReceived(in ReadOnlySequence<byte> data) => Connection.Output.Write(data.ToArray());
    }

    /// <summary>Echoes; a message that begins with "block" only after it is released.</summary>
    private sealed class BlockingActor(ManualResetEventSlim release) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            if (data.FirstSpan.StartsWith("block"u8))
            {
                release.Wait();
            }

            Connection.Output.Write(data.ToArray());
        }
    }
}
