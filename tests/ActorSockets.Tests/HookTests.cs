using System.Buffers;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Socket options, ticks, and replies as in socketserver.</summary>
public sealed class HookTests : ServerTest
{
    [Fact]
    public async Task Socket_options_are_set_before_the_bind_and_after_the_accept()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterActor>().Handle<CounterPeer>()
            .ConfigureListenSocket(socket => TestActor.Tell($"{socket.SocketType} bound: {socket.IsBound}"))
            .ConfigureSocket(socket => TestActor.Tell($"connected: {socket.Connected}")));
        var told = new[] { await ExpectMsgAsync<string>(Deadline), await ExpectMsgAsync<string>(Deadline) };
        Assert.Equal(["Dgram bound: False", "Stream bound: False"], told.Order());

        using var client = await ConnectAsync(server);

        await ExpectMsgAsync("connected: True", Deadline);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("udp://127.0.0.1:0")]
    public async Task A_failure_before_the_bind_fails_the_start_and_says_why(string endpoint)
    {
        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen(endpoint).Handle<CounterActor>().Handle<CounterPeer>()
            .ConfigureListenSocket(_ => throw new InvalidOperationException("no such option"))).WaitAsync(Deadline));

        Assert.Contains(endpoint, error.Message, StringComparison.Ordinal);
        Assert.Contains("no such option", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tick_that_stops_the_server_and_waits_for_that_goes_on_afterwards()
    {
        var server = new TaskCompletionSource<SocketServer>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.SetResult(await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnTick(TimeSpan.FromMilliseconds(20), async _ =>
        {
            await (await server.Task).StopAsync(cancellationToken: CancellationToken.None);
            TestActor.Tell("gone on");
        })));

        await ExpectMsgAsync("gone on", Deadline);
        Assert.Equal(ServerState.Stopped, (await server.Task).State);
    }

    [Fact]
    public async Task A_failure_after_the_accept_refuses_that_connection_and_no_other()
    {
        var accepted = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
            .ConfigureSocket(socket => socket.NoDelay = Interlocked.Increment(ref accepted) == 1 ? throw new InvalidOperationException("no such option") : true));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var first = await ConnectAsync(server);
            await ReadToEndAsync(first);
        });

        using var second = await ConnectAsync(server);
        await SendAsync(second, "a\n");
        await ExpectAsync(second, "1 a\n");
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.ConfigureFailed]);
    }

    [Fact]
    public async Task A_tick_comes_again_and_again_also_after_a_failure_and_ends_with_the_server()
    {
        var ticks = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnTick(TimeSpan.FromMilliseconds(5), stopping =>
            Interlocked.Increment(ref ticks) % 2 == 0 ? throw new InvalidOperationException("asked to") : Task.CompletedTask));

        await UntilAsync(() => ticks >= 5, "ticks");
        using (var client = await ConnectAsync(server))
        {
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
        }

        await server.StopAsync().WaitAsync(Deadline);
        var last = ticks;
        await Task.Delay(50);
        Assert.Equal(last, ticks);
    }

    [Theory]
    [InlineData(DatagramReply.OnSuccess, "nothing", null)]
    [InlineData(DatagramReply.OnSuccess, "crash", null)]
    [InlineData(DatagramReply.OnSuccess, "something", "part")]
    [InlineData(DatagramReply.Always, "nothing", "")]
    [InlineData(DatagramReply.Always, "crash", "part")]
    [InlineData(DatagramReply.Always, "something", "part")]
    public async Task A_datagram_reply_is_sent_on_success_or_always_as_in_socketserver(DatagramReply when, string text, string? reply)
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<PartialHandler>().Configure(o => o.DatagramReply = when));
        using var client = OpenUdp(server);

        await client.SendAsync(System.Text.Encoding.UTF8.GetBytes(text));
        await client.SendAsync("something"u8.ToArray());

        var replies = reply is null ? new[] { "part" } : [reply, "part"];
        foreach (var expected in replies)
        {
            Assert.Equal(expected, System.Text.Encoding.UTF8.GetString((await client.ReceiveAsync().WaitAsync(Deadline)).Buffer));
        }

        await server.StopAsync();
        Assert.Equal(replies.Length, server.Statistics.DatagramsSent);
    }

    [Fact]
    public async Task A_datagram_over_the_limit_is_dropped_and_counted_never_cut_off()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(d => Task.FromResult(d.Reply(d.Data))).Configure(o => o.MaxDatagramSize = 5));
        using var client = OpenUdp(server);

        await client.SendAsync("123456"u8.ToArray());

        Assert.Equal("12345", await ExchangeAsync(client, "12345"));
        Assert.Equal(1, server.Statistics.DatagramsDropped[DropReason.TooLarge]);
    }

    private sealed class PartialHandler : DatagramRequestHandler
    {
        protected internal override Task HandleAsync()
        {
            var text = System.Text.Encoding.UTF8.GetString(Datagram.Data.Span);
            if (text != "nothing")
            {
                Output.Write("part"u8);
            }

            return text == "crash" ? throw new InvalidOperationException("asked to") : Task.CompletedTask;
        }
    }
}
