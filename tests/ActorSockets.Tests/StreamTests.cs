using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class StreamTests : ServerTest
{
    [Fact]
    public async Task A_delegate_serves_lines_and_returning_closes()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var line = await connection.ReadLineAsync();
            await connection.SendAsync($"{connection.Id}: {line}\n");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "hello\r\n");

        Assert.Equal("test-1: hello\n", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);
    }

    [Fact]
    public async Task A_client_that_has_sent_FIN_still_gets_its_reply()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var bytes = 0;
            var buffer = new byte[1000];
            while (await connection.ReadAsync(buffer) is > 0 and var read)
            {
                bytes += read;
            }

            await connection.SendAsync($"{bytes}");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, new string('x', 100_000));
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("100000", await ReadToEndAsync(client));
        await ClosedAsync(server, CloseReason.PeerClosed);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Input_that_was_never_read_does_not_destroy_the_reply()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync(new string('y', 700_000)).AsTask()));
        using var client = await ConnectAsync(server);

        await SendAsync(client, new string('x', 300_000));

        Assert.Equal(700_000, (await ReadToEndAsync(client)).Length);
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(100, 1)]
    public async Task An_echo_returns_every_byte_in_order(int connections, int mebibytesEach)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<Echo>());

        await Task.WhenAll(Enumerable.Range(0, connections).Select(async number =>
        {
            using var client = await ConnectAsync(server);
            var stream = client.GetStream();
            var data = new byte[mebibytesEach * 1024 * 1024];
            new Random(number).NextBytes(data);
            var sending = Task.Run(async () =>
            {
                await stream.WriteAsync(data);
                client.Client.Shutdown(SocketShutdown.Send);
            });
            var hash = await SHA256.HashDataAsync(stream).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
            await sending;
            Assert.Equal(SHA256.HashData(data), hash);
        }));

        await ClosedAsync(server, CloseReason.PeerClosed, connections);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_connection_actor_can_be_told_messages_by_anybody()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new Announcer(TestActor)));
        using var client = await ConnectAsync(server);

        var actor = await ExpectMsgAsync<IActorRef>(Deadline);
        actor.Tell("pushed");
        actor.Tell(42);
        actor.Tell(" twice");

        await ExpectAsync(client, "pushed twice");
        Assert.Equal("test-1", actor.Path.Name);
    }

    [Fact]
    public async Task A_reset_by_the_peer_ends_the_connection_as_such_and_is_no_failure_of_the_handler()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            while (await connection.ReadLineAsync() is not null)
            {
            }
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await UntilAsync(() => server.Statistics.Active == 1, "accepted");

        client.Client.LingerState = new LingerOption(true, 0);
        client.Client.Close();

        await ClosedAsync(server, CloseReason.PeerReset);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_when_pushes_exceed_the_write_limit()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new Announcer(TestActor)));
        using var client = await ConnectAsync(server);
        var actor = await ExpectMsgAsync<IActorRef>(Deadline);

        var message = new string('z', 64 * 1024);
        for (var i = 0; i < 1000; i++)
        {
            actor.Tell(message);
        }

        await ClosedAsync(server, CloseReason.SlowConsumer);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_sender_that_awaits_is_held_back_and_never_cut_while_the_client_reads_slowly()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync(new byte[16 * 1024 * 1024 + 1]).AsTask()));
        using var client = await ConnectAsync(server);
        var total = 0L;
        var buffer = new byte[300_000];
        while (await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(Deadline) is > 0 and var read)
        {
            total += read;
            await Task.Yield();
        }

        Assert.Equal(16 * 1024 * 1024 + 1, total);
    }

    [Fact]
    public async Task A_line_over_the_limit_closes_the_connection()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection => await connection.ReadLineAsync()));
        using var client = await ConnectAsync(server);

        await SendAsync(client, new string('x', 70_000));

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.HandlerFailed);
    }

    [Fact]
    public async Task Bytes_of_the_client_are_escaped_and_cut_in_messages()
    {
        var failed = new TaskCompletionSource<string>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var error = await Assert.ThrowsAsync<FrameTooLargeException>(() => connection.ReadLineAsync(maxLength: 70).AsTask());
            failed.SetResult(error.Message);
        }));
        using var client = await ConnectAsync(server);

        await client.GetStream().WriteAsync((byte[])[0, 0x1b, (byte)'[', (byte)'3', (byte)'1', (byte)'m', (byte)'"', 0xff, .. new byte[200]]);

        var message = await failed.Task.WaitAsync(Deadline);
        Assert.Contains("""\x00\x1b[31m\"\xff\x00""", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, character => char.IsControl(character));
        Assert.Equal(64 - 5, message.Split("\\x").Length - 1);
    }

    [Theory]
    [InlineData(typeof(EndTellingActor))]
    [InlineData(typeof(EndTellingHandler))]
    public async Task The_handler_is_told_the_end_once_with_its_reason(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart())
            .Handle(handler, () => Activator.CreateInstance(handler, TestActor)!));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "crash\n");
        await UntilAsync(() => server.Statistics.Restarts == 1, "restarted");

        client.Client.Shutdown(SocketShutdown.Send);

        await ExpectMsgAsync(CloseReason.PeerClosed, Deadline);
        await ClosedAsync(server, CloseReason.PeerClosed);
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Several_may_send_on_one_connection_and_each_message_stays_whole()
    {
        const int Size = 1_000_000;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => Task.WhenAll(
            Enumerable.Range(0, 10).Select(number => Task.Run(() => connection.SendAsync(Enumerable.Repeat((byte)number, Size).ToArray()).AsTask())))));
        using var client = await ConnectAsync(server);

        var received = new byte[10 * Size];
        await client.GetStream().ReadExactlyAsync(received).AsTask().WaitAsync(Deadline);

        var messages = received.Chunk(Size).ToList();
        Assert.All(messages, message => Assert.Single(message.Distinct()));
        Assert.Equal(10, messages.Select(message => message[0]).Distinct().Count());
    }

    [Theory]
    [InlineData("two flushes")]
    [InlineData("two reads")]
    [InlineData("complete the reader with an exception")]
    [InlineData("write after the end")]
    public async Task Misuse_of_a_connection_costs_that_connection_only(string misuse)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var line = await connection.ReadLineAsync();
            if (line.ToString() == "misuse")
            {
                await MisuseAsync(connection, misuse);
            }

            await connection.SendAsync("fine");
        }));
        using var misused = await ConnectAsync(server);
        await SendAsync(misused, "misuse\n" + new string('x', 500_000));
        await UntilAsync(() => server.Statistics.HandlerFailures == 1, "the misuse failed");

        using var other = await ConnectAsync(server);
        await SendAsync(other, "no\n");
        Assert.Equal("fine", await ReadToEndAsync(other));
    }

    private static async Task MisuseAsync(Connection connection, string misuse)
    {
        switch (misuse)
        {
            case "two flushes":
                await await Task.WhenAny(
                    connection.Output.WriteAsync(new byte[10_000_000]).AsTask(), connection.Output.WriteAsync(new byte[10_000_000]).AsTask());
                break;
            case "two reads":
                await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => connection.Input.ReadAsync().AsTask()));
                break;
            case "complete the reader with an exception":
                await connection.Input.CompleteAsync(new InvalidOperationException("mine"));
                await connection.ReadLineAsync();
                break;
            case "write after the end":
                await connection.CompleteOutputAsync();
                connection.Output.Write("lost"u8);
                break;
        }
    }

    [Theory]
    [InlineData("0123456789\r\n", "0123456789")]
    [InlineData("0123456789\n", "0123456789")]
    [InlineData("0123456789\r|\n", "0123456789")]
    [InlineData("01234567890\n", null)]
    [InlineData("0123456789\rx", null)]
    public async Task A_line_may_be_as_long_as_the_limit_without_its_end_however_it_is_cut(string sent, string? line)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
            await connection.SendAsync($"{await connection.ReadLineAsync(maxLength: 10)}")));
        using var client = await ConnectAsync(server);

        foreach (var piece in sent.Split('|'))
        {
            await SendAsync(client, piece);
            await UntilAsync(() => server.Statistics.Accepted == 1, "accepted");
            await Task.Yield();
        }

        Assert.Equal(line ?? "", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_handler_may_block_on_the_connection()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection =>
        {
            var line = connection.ReadLineAsync().AsTask().GetAwaiter().GetResult();
            return connection.SendAsync($"{line}").AsTask();
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "hello\n");

        Assert.Equal("hello", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task An_idle_connection_is_closed_after_its_timeout()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<Echo>().Configure(o => o.IdleTimeout = TimeSpan.FromMilliseconds(300)));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.IdleTimeout);
    }

    [Fact]
    public async Task Never_more_than_max_connections_are_served()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MaxConnections = 5));
        var served = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ConnectAsync(server)));
        foreach (var client in served)
        {
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
        }

        using var refused = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(refused));
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.ServerFull]);
        Assert.Equal(5, server.Statistics.Active);
    }

    [Fact]
    public async Task With_overflow_wait_one_more_connection_is_served_when_a_place_is_free()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.MaxConnections, o.Overflow) = (1, Overflow.Wait)));
        var first = await ConnectAsync(server);
        await SendAsync(first, "a\n");
        await ExpectAsync(first, "1 a\n");
        using var second = await ConnectAsync(server);
        await SendAsync(second, "b\n");

        first.Close();

        await ExpectAsync(second, "1 b\n");
    }

    [Fact]
    public async Task A_thousand_connections_at_once_have_an_actor_each()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            while (await connection.ReadLineAsync() is not null)
            {
                await connection.SendAsync($"{connection.Self.Path.Name}\n");
            }
        }));
        var clients = new List<TcpClient>();
        for (var i = 0; i < 1000; i++)
        {
            clients.Add(await ConnectAsync(server));
        }

        var names = await Task.WhenAll(clients.Select(async client =>
        {
            await SendAsync(client, "who\n");
            return await new StreamReader(client.GetStream()).ReadLineAsync().WaitAsync(Deadline);
        }));

        Assert.Equal(1000, names.Distinct().Count());
        Assert.Equal(1000, server.Statistics.Active);
        clients.ForEach(client => client.Dispose());
        await UntilAsync(() => server.Statistics.Active == 0, "all ended");
        await AssertBalancedAsync(server);
    }

    private sealed class Echo : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            foreach (var segment in data)
            {
                Connection.Output.Write(segment.Span);
            }
        }
    }

    private sealed class EndTellingActor(IActorRef listener) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data) => throw new InvalidOperationException("asked to");

        protected override void OnClosed(CloseReason reason) => listener.Tell(reason);
    }

    private sealed class EndTellingHandler(IActorRef listener) : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            while (await Connection.ReadLineAsync() is not null)
            {
                throw new InvalidOperationException("asked to");
            }
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell(reason);
    }

    private sealed class Announcer : ConnectionActor
    {
        private readonly IActorRef _listener;

        public Announcer(IActorRef listener)
        {
            _listener = listener;
            Receive<string>(text => Connection.Output.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        }

        protected override void OnConnected() => _listener.Tell(Self);

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
        }
    }
}
