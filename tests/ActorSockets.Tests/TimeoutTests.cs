using System.Buffers;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

/// <summary>Each deadline ends its connection politely and with a reason of its own.</summary>
public sealed class TimeoutTests : ServerTest
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    [Fact]
    [Proves("a client never says anything", "OnClosed(FirstByteTimeout)")]
    public async Task A_client_that_never_sends_a_byte_is_closed_at_first_byte_timeout_and_one_that_did_is_not()
    {
        var server = await StartAsync<CounterActor>(o => o.FirstByteTimeout = Short);
        using var speaking = await ConnectAsync(server);
        await SendAsync(speaking, "a\n");
        await ExpectAsync(speaking, "1 a\n");
        using var silent = await ConnectAsync(server);

        await EndsAsync(server, silent, CloseReason.FirstByteTimeout);

        await SendAsync(speaking, "b\n");
        await ExpectAsync(speaking, "2 b\n");
    }

    [Fact]
    public async Task Neither_what_is_sent_to_a_client_nor_what_its_actor_is_told_keeps_it_from_being_idle()
    {
        var server = await StartAsync<PushedActor>(o => o.IdleTimeout = Short);
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a");
        await UntilAsync(() => server.Connections.Count == 1, "connected");
        var connection = server.Connections.Single();

        while (connection.CloseReason is null)
        {
            connection.Self.Tell("push", Akka.Actor.ActorRefs.NoSender);
            await Task.Delay(5);
        }

        Assert.Equal(CloseReason.IdleTimeout, connection.CloseReason);
    }

    [Fact]
    public async Task A_read_that_waits_for_too_long_ends_the_connection_at_read_timeout()
    {
        var server = await StartAsync<CounterHandler>(o => o.ReadTimeout = Short);
        using var client = await ConnectAsync(server);
        await SendAsync(client, "no newline");

        await EndsAsync(server, client, CloseReason.ReadTimeout);
    }

    [Fact]
    public async Task A_handler_may_set_its_own_read_timeout()
    {
        var server = await StartAsync<ImpatientHandler>(_ => { });
        using var client = await ConnectAsync(server);
        await SendAsync(client, "no newline");

        await EndsAsync(server, client, CloseReason.ReadTimeout);
    }

    [Theory]
    [InlineData(typeof(CounterHandler))]
    [InlineData(typeof(CounterActor))]
    [Proves("a line or frame does not end", "OnClosed(FrameTimeout)")]
    public async Task A_line_that_comes_byte_by_byte_is_given_up_at_frame_timeout(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!).Configure(o => o.FrameTimeout = Short));
        using var patient = await ConnectAsync(server);
        await SendAsync(patient, "a\n");
        await ExpectAsync(patient, "1 a\n");
        using var dripping = await ConnectAsync(server);

        var dripped = Record.ExceptionAsync(async () =>
        {
            while (true)
            {
                await SendAsync(dripping, "x");
                await Task.Delay(5);
            }
        });

        await ClosedAsync(server, CloseReason.FrameTimeout);
        dripping.Close();
        await dripped;

        // Nothing of a line was under way here.
        await SendAsync(patient, "b\n");
        await ExpectAsync(patient, "2 b\n");
    }

    [Theory]
    [InlineData(typeof(CounterHandler))]
    [InlineData(typeof(CounterActor))]
    [Proves("a line or frame comes too slowly", "OnClosed(MinRate)")]
    public async Task A_line_that_comes_more_slowly_than_min_rate_is_given_up_and_one_that_does_not_is_served(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!).Configure(o => o.MinRate = 200));
        using var slow = await ConnectAsync(server);
        using var fast = await ConnectAsync(server);
        var sent = 0;
        var given = ClosedAsync(server, CloseReason.MinRate);
        while (!given.IsCompleted)
        {
            await Record.ExceptionAsync(() => SendAsync(slow, "x"));
            await SendAsync(fast, new string('x', 100));
            sent += 100;
            await Task.Delay(100);
        }

        await given;
        await SendAsync(fast, "\n");
        await ExpectAsync(fast, $"1 {new string('x', sent)}\n");
        Assert.Equal(1, server.Statistics.Closed.Values.Sum());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Proves("a handler does not end", "OnClosed(HandlerTimeout)")]
    public async Task A_handler_that_is_never_done_is_given_up_at_handler_timeout_and_its_place_is_free(bool watches)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Sequential().Configure(o => o.HandlerTimeout = Short).Handle(async connection =>
            await Task.Delay(Timeout.Infinite, watches ? connection.Closed : CancellationToken.None)));
        for (var round = 1; round <= 2; round++)
        {
            using var client = await ConnectAsync(server);
            await EndsAsync(server, client, CloseReason.HandlerTimeout, round);
        }

        await UntilAsync(() => server.Statistics.Active == 0, "nobody is left");
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task A_datagram_whose_handler_is_never_done_ends_its_peer_at_handler_timeout()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Configure(o => o.HandlerTimeout = Short).HandleDatagram(async datagram =>
        {
            if (datagram.Data.Span.SequenceEqual("hang"u8))
            {
                await Task.Delay(Timeout.Infinite);
            }

            datagram.Reply(datagram.Data);
        }));
        using var client = OpenUdp(server);
        await client.SendAsync("hang"u8.ToArray());

        await ClosedAsync(server, CloseReason.HandlerTimeout);

        Assert.Equal("a", await ExchangeAsync(client, "a"));
        await AssertBalancedAsync(server);
    }

    [Fact]
    [Proves("a client has finished sending, and its handler does nothing", "OnClosed(HalfOpenTimeout)")]
    public async Task A_connection_that_its_handler_keeps_half_open_and_forgets_is_closed_at_half_open_timeout()
    {
        var server = await StartAsync<KeepingActor>(o => o.HalfOpenTimeout = Short);
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a");
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("still here", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.HalfOpenTimeout);
    }

    [Theory]
    [InlineData("first-byte-timeout")]
    [InlineData("read-timeout")]
    [InlineData("frame-timeout")]
    [InlineData("handler-timeout")]
    [InlineData("half-open-timeout")]
    public void A_timeout_that_is_not_positive_is_refused_by_its_name(string key)
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString($"actor-sockets.servers.a {{ {key} = 0s, listen = [] }}");

        var error = Assert.Throws<Akka.Configuration.ConfigurationException>(() => ServerConfiguration.ReadAll(config));

        Assert.Contains($"actor-sockets.servers.a.{key} = 0s must be more than 0", error.Message, StringComparison.Ordinal);
    }

    private Task<SocketServer> StartAsync<THandler>(Action<SocketServerOptions> configure)
        where THandler : class, new() =>
        StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<THandler>().Configure(configure));

    private static async Task EndsAsync(SocketServer server, TcpClient client, CloseReason reason, int count = 1)
    {
        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, reason, count);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    private sealed class ImpatientHandler : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            Connection.ReadTimeout = Short;
            await Connection.ReadLineAsync();
        }
    }

    private sealed class PushedActor : ConnectionActor
    {
        public PushedActor() => Receive<string>(_ => Connection.Output.Write("x"u8));

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
        }
    }

    private sealed class KeepingActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
        }

        protected override void OnPeerCompleted() => Connection.Output.Write("still here"u8);
    }
}
