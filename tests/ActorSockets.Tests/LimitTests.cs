using System.Buffers;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Tests.Faults;
using Akka.Actor;

namespace ActorSockets.Tests;

[Trait("Category", "Faults")]
public sealed class LimitTests : ServerTest
{
    [Fact]
    [Proves("a client does not read", "OnClosed(SlowConsumer)")]
    public async Task A_client_that_does_not_read_is_cut_when_pushes_exceed_the_write_limit()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new AnnouncingActor(TestActor)));
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
        await ClosedAsync(server, CloseReason.ProtocolError);
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

    [Theory]
    [InlineData("ReadLineAsync", 10)]
    [InlineData("ReadLinesAsync", 10)]
    [InlineData("ReadUntilAsync", 10)]
    [InlineData("ReadFrameAsync", 10)]
    [InlineData("connection actor", 10)]
    [InlineData("ReadLineAsync", 100_000)]
    [InlineData("ReadUntilAsync", 100_000)]
    [InlineData("connection actor", 100_000)]
    [Proves("a line or frame has more than *, and its reader does not say how many", "client: the end; OnClosed(ProtocolError)")]
    public async Task A_line_whose_reader_states_no_limit_may_be_as_long_as_max_frame(string reader, int most)
    {
        var server = await StartAsync(s => HandleUnboundedLines(s.Listen("tcp://127.0.0.1:0"), reader).Configure(o => o.MaxFrame = most));
        using var client = await ConnectAsync(server);
        var longest = new string('x', most);

        await SendAsync(client, $"{longest}\n");
        await ExpectAsync(client, $"[{longest}]");

        await SendAsync(client, $"{longest}x");
        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);
    }

    [Fact]
    public async Task A_limit_that_the_handler_states_is_before_max_frame()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.MaxFrame = 2).Handle(async connection =>
        {
            var frame = await connection.ReadFrameAsync(FrameReader.Lines(FrameReader.DefaultMaxLineLength));
            await connection.SendAsync($"{await connection.ReadLineAsync(maxLength: 5)} {frame!.Length}");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "12345678\n12345\n");

        Assert.Equal("12345 8", await ReadToEndAsync(client));
    }

    [Fact]
    [Proves("a client never says anything", "OnClosed(IdleTimeout)")]
    public async Task An_idle_connection_is_closed_after_its_timeout()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<EchoActor>().Configure(o => o.IdleTimeout = TimeSpan.FromMilliseconds(300)));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.IdleTimeout);
    }

    [Fact]
    [Proves("one more than * connections", "ServerFull")]
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
    [Proves("one more than * connections", "nobody: it waits")]
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

    private static SocketServerBuilder HandleUnboundedLines(SocketServerBuilder server, string reader) => reader == "connection actor"
        ? server.Handle(() => new LineActor())
        : server.Handle(async connection =>
        {
            await foreach (var line in ReadUnboundedLinesAsync(connection, reader))
            {
                await connection.SendAsync($"[{line}]");
            }
        });

    private static async IAsyncEnumerable<string> ReadUnboundedLinesAsync(Connection connection, string reader)
    {
        if (reader == "ReadLinesAsync")
        {
            await foreach (var line in connection.ReadLinesAsync())
            {
                yield return $"{line}";
            }
        }

        while (await ReadAsync() is { } line)
        {
            yield return line;
        }

        async Task<string?> ReadAsync() => reader switch
        {
            "ReadLineAsync" => (await connection.ReadLineAsync())?.ToString(),
            "ReadUntilAsync" => Text(await connection.ReadUntilAsync("\n"u8.ToArray())),
            "ReadFrameAsync" => Text(await connection.ReadFrameAsync(FrameReader.Lines())),
            _ => null,
        };

        static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.ASCII.GetString(bytes);
    }

    private sealed class LineActor() : ConnectionActor(FrameReader.Lines())
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            Connection.Output.Write("["u8);
            Connection.Output.Write(frame.ToArray());
            Connection.Output.Write("]"u8);
        }
    }
}
