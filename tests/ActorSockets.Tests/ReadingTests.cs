using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>The reads of <c>rfile</c> and <c>asyncio.StreamReader</c>: bounded, and with an end that cannot be overlooked.</summary>
public sealed class ReadingTests : ServerTest
{
    [Theory]
    [InlineData("abcdef", "abc|def|IncompleteReadException  of 3")]
    [InlineData("abcde", "abc|IncompleteReadException de of 3")]
    public async Task ReadExactly_gives_so_many_bytes_or_says_what_came(string sent, string expected) =>
        Assert.Equal(expected, await TellAsync(sent, async connection => Text(await connection.ReadExactlyAsync(3))));

    [Fact]
    public async Task ReadExactly_into_a_buffer_fills_it_or_says_what_came() =>
        Assert.Equal("abcd|IncompleteReadException e of 4", await TellAsync("abcde", async connection =>
        {
            var buffer = new byte[4];
            await connection.ReadExactlyAsync(buffer.AsMemory());
            return Text(buffer);
        }));

    [Fact]
    public async Task ReadExactly_of_nothing_gives_nothing_at_once() =>
        Assert.Equal("0", await TellOnceAsync("", async connection => $"{(await connection.ReadExactlyAsync(0)).Length}"));

    [Theory]
    [InlineData("a--b----c--", "a|b||c|end")]
    [InlineData("a--b-", "a|IncompleteReadException b- of -1")]
    public async Task ReadUntil_gives_what_stands_before_the_delimiter(string sent, string expected) =>
        Assert.Equal(expected, await TellAsync(sent, async connection => Text(await connection.ReadUntilAsync("--"u8.ToArray()))));

    [Fact]
    public async Task ReadUntil_over_its_limit_consumes_nothing() =>
        Assert.Equal("abcdef", await TellOnceAsync("abcdef--", async connection =>
        {
            var error = await Assert.ThrowsAsync<FrameTooLargeException>(() => connection.ReadUntilAsync("--"u8.ToArray(), maxLength: 3).AsTask());
            Assert.Equal(3, error.Limit);
            return Text(await connection.ReadUntilAsync("--"u8.ToArray()));
        }));

    [Theory]
    [InlineData("\u0001a\0\u0002bc", "a||bc|end")]
    [InlineData("\u0001a\u0003bc", "a|IncompleteReadException \u0003bc of -1")]
    public async Task ReadFrame_gives_frames_with_their_length_in_front(string sent, string expected) =>
        Assert.Equal(expected, await TellAsync(sent, async connection => Text(await connection.ReadFrameAsync(LengthPrefix.UInt8, 100))));

    [Fact]
    public async Task ReadFrame_refuses_a_frame_over_the_limit_from_its_header_alone() =>
        Assert.Equal("FrameTooLargeException 1000", await TellOnceAsync("\u007f\u007f\u007f\u007f", async connection =>
        {
            var error = await Assert.ThrowsAsync<FrameTooLargeException>(() => connection.ReadFrameAsync(LengthPrefix.UInt32BigEndian, 1000).AsTask());
            return $"FrameTooLargeException {error.Limit}";
        }));

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("", "")]
    [InlineData("abcd", "FrameTooLargeException")]
    public async Task ReadToEnd_is_bounded(string sent, string expected) =>
        Assert.Equal(expected, await TellOnceAsync(sent, async connection =>
        {
            try
            {
                return Text(await connection.ReadToEndAsync(3));
            }
            catch (FrameTooLargeException)
            {
                return nameof(FrameTooLargeException);
            }
        }));

    [Fact]
    public async Task A_read_that_is_given_up_loses_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            using var givesUp = new CancellationTokenSource();
            var reading = connection.ReadExactlyAsync(100, givesUp.Token).AsTask();
            await UntilAsync(() => connection.BytesReceived == 4, "all has come");
            await givesUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            await connection.SendAsync($"{await connection.ReadLineAsync()}");
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "abc\n");

        Assert.Equal("abc", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Bytes_sent_in_pieces_as_frames_and_from_a_stream_arrive_in_order()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            await connection.SendAsync(new System.Buffers.ReadOnlySequence<byte>("one "u8.ToArray()));
            await connection.SendFrameAsync(FrameWriter.Lines(), "two"u8.ToArray());
            using var file = new MemoryStream(Encoding.UTF8.GetBytes(new string('3', 100_000)));
            Assert.Equal(70_000, await connection.SendFileAsync(file, 70_000));
            Assert.Equal(30_000, await connection.SendFileAsync(file));
        }));
        using var client = await ConnectAsync(server);

        Assert.Equal("one two\n" + new string('3', 100_000), await ReadToEndAsync(client));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CloseAsync_sends_everything_and_completes_when_the_connection_is_gone(bool fromAnActor)
    {
        var closed = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0");
            _ = fromAnActor
                ? s.Handle(() => new ClosingActor(Close))
                : s.Handle(async connection =>
                {
                    await connection.ReadAsync(new byte[1]);
                    await Close(connection);
                });
        });
        using var client = await ConnectAsync(server);
        await SendAsync(client, "close, please; this is not read");

        Assert.Equal(new string('x', 200_000), await ReadToEndAsync(client));
        client.Close();
        Assert.Equal(200_000, await closed.Task.WaitAsync(Deadline));
        await ClosedAsync(server, CloseReason.LocalClosed);

        async Task Close(Connection connection)
        {
            await connection.SendAsync(new string('x', 200_000));
            await connection.CloseAsync();
            closed.TrySetResult(connection.BytesSent);
        }
    }

    private static string Text(byte[]? bytes) => bytes is null ? "end" : Encoding.UTF8.GetString(bytes);

    private Task<string> TellOnceAsync(string sent, Func<Connection, Task<string>> read) => TellAsync(sent, read, once: true);

    /// <summary>Sends, and FIN; then what each read came to.</summary>
    private async Task<string> TellAsync(string sent, Func<Connection, Task<string>> read, bool once = false)
    {
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var results = new List<string>();
            try
            {
                do
                {
                    results.Add(await read(connection));
                }
                while (!once && results[^1] != "end");
            }
            catch (IncompleteReadException incomplete)
            {
                results.Add($"{nameof(IncompleteReadException)} {Text(incomplete.Partial.ToArray())} of {incomplete.Expected}");
            }
            catch (Exception exception)
            {
                told.TrySetException(exception);
            }

            told.TrySetResult(string.Join('|', results));
        }));
        using var client = await ConnectAsync(server);
        foreach (var character in sent)
        {
            await SendAsync(client, $"{character}");
        }

        client.Client.Shutdown(SocketShutdown.Send);
        return await told.Task.WaitAsync(Deadline);
    }

    private sealed class ClosingActor : ConnectionActor
    {
        public ClosingActor(Func<Connection, Task> close) => ReceiveAsync<string>(_ => close(Connection));

        protected override void OnReceived(in System.Buffers.ReadOnlySequence<byte> data) => Self.Tell("close", Akka.Actor.ActorRefs.NoSender);
    }
}
