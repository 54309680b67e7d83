using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>What comes where a handshake should begin (STARTTLS).</summary>
public sealed class StartTlsAttackTests : StartTlsTest
{
    // One that awaits a message has what was delivered before it answered in plain, as it should.
    public static TheoryData<string> StylesThatRefuse => [.. SmtpSample.Styles.Where(style => style != "actor that awaits")];

    [Theory]
    [MemberData(nameof(StylesThatRefuse))]
    public async Task A_command_in_the_same_segment_is_refused_before_the_go_ahead(string style)
    {
        var server = await StartAsync(style, "tcp");
        using var socket = await ConnectAsync(server);

        await socket.SendAsync("STARTTLS\r\nNOOP injected\r\n"u8.ToArray());

        Assert.Equal("", await ReceiveAsync(socket, 1));
        Assert.IsType<ProtocolException>(await Smtp.Thrown.Task.WaitAsync(Deadline));
        socket.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);
        Assert.Equal(["plain STARTTLS"], Smtp.Seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task A_first_message_of_the_handshake_in_the_same_segment_is_refused_as_well(int length)
    {
        var server = await StartAsync("actor with frames", "tcp");
        using var socket = await ConnectAsync(server);
        var hello = await FirstMessageAsync();

        await socket.SendAsync((byte[])[.. "STARTTLS\r\n"u8, .. hello.Take(length)]);

        Assert.Equal("", await ReceiveAsync(socket, 1));
        Assert.IsType<ProtocolException>(await Smtp.Thrown.Task.WaitAsync(Deadline));
        socket.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);
        Assert.Equal(["plain STARTTLS"], Smtp.Seen);
    }

    [Fact]
    public async Task A_handler_that_is_refused_may_go_on_in_plain()
    {
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            await Assert.ThrowsAsync<ProtocolException>(() => connection.StartTlsAsync("go ahead\r\n").AsTask());
            await connection.SendAsync($"{await connection.ReadLineAsync()} {connection.Tls is null}\r\n");
        });
        using var socket = await ConnectAsync(server, greeting: "");

        await ExchangeAsync(socket, "STARTTLS\r\nNOOP\r\n", "NOOP True\r\n");
    }

    [Fact]
    public async Task A_command_in_a_later_segment_before_the_go_ahead_goes_to_the_handshake_which_fails()
    {
        var begun = new TaskCompletionSource<Task>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            do
            {
                connection.Output.Write(new byte[16 * 1024]);
                await connection.Output.FlushAsync();
            }
            while (connection.Unsent < 32 * 1024);

            var securing = connection.StartTlsAsync("go ahead\r\n").AsTask();
            begun.SetResult(securing);
            await securing;
            Smtp.Seen.Enqueue($"{await connection.ReadLineAsync()}");
        });
        using var socket = await ConnectAsync(server, greeting: "");
        await socket.SendAsync("STARTTLS\r\n"u8.ToArray());
        var securing = await begun.Task.WaitAsync(Deadline);

        await socket.SendAsync("NOOP injected\r\n"u8.ToArray());
        Assert.False(securing.IsCompleted);
        await ReceiveToEndAsync(socket);

        await FailedAsync(server, securing);
        Assert.Empty(Smtp.Seen);
    }

    [Theory]
    [InlineData("tcp", "NOOP injected\r\n")]
    [InlineData("unix", "NOOP injected\r\n")]
    [InlineData("tcp", "\r\n")]
    public async Task A_command_after_the_go_ahead_goes_to_the_handshake_which_fails(string scheme, string injected)
    {
        var server = await StartAsync("delegate", scheme);
        using var socket = await ConnectAsync(server, scheme);
        await ExchangeAsync(socket, "STARTTLS\r\n", SmtpSample.GoAhead);

        await socket.SendAsync((byte[])[.. Encoding.UTF8.GetBytes(injected), .. await FirstMessageAsync()]);

        await ReceiveToEndAsync(socket);
        await FailedAsync(server, ThrowAsync());
        Assert.Equal(["plain STARTTLS"], Smtp.Seen);
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    public async Task A_receive_that_was_under_way_gives_what_comes_to_the_handshake(int length)
    {
        var server = await StartAsync("delegate", "tcp");
        using var socket = await ConnectAsync(server);

        // One that fills its memory is followed by the next at once, without a wait for something to come.
        await socket.SendAsync(Encoding.UTF8.GetBytes($"NOOP {new string('a', length - 17)}\r\nSTARTTLS\r\n"));
        var answer = $"250 {new string('a', 100)} plain\r\n{SmtpSample.GoAhead}";
        Assert.Equal(answer, await ReceiveAsync(socket, answer.Length));
        using var client = await ShakeAsync(socket);

        await ExchangeAsync(client, "NOOP b\r\n", "250 b secured\r\n");
        Assert.Equal("secured NOOP b", Smtp.Seen.Last());
    }

    [Fact]
    public async Task The_end_of_the_stream_instead_of_a_handshake_is_a_failed_one()
    {
        var server = await StartAsync("actor with frames", "tcp");
        using var socket = await ConnectAsync(server);
        await ExchangeAsync(socket, "STARTTLS\r\n", SmtpSample.GoAhead);

        socket.Shutdown(SocketShutdown.Send);

        await ReceiveToEndAsync(socket);
        await ClosedAsync(server, CloseReason.TlsFailed);
    }

    [Theory]
    [InlineData("delegate")]
    [InlineData("actor with frames")]
    public async Task A_client_that_never_begins_is_reset_at_the_handshake_timeout_and_its_handler_not_restarted(string style)
    {
        var server = await StartAsync(style, "tcp", o =>
        {
            (o.TlsHandshakeTimeout, o.Restart) = (TimeSpan.FromMilliseconds(300), RestartPolicy.Restart(max: 3));
        });
        using var silent = await ConnectAsync(server);
        await ExchangeAsync(silent, "STARTTLS\r\n", SmtpSample.GoAhead);

        // Nobody else waits for it.
        using var other = await ConnectAsync(server);
        using var client = await UpgradeAsync(other);
        await ExchangeAsync(client, "NOOP a\r\n", "250 a secured\r\n");

        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(silent, 1));
        await ClosedAsync(server, CloseReason.TlsFailed);
        if (style == "delegate")
        {
            var closed = Assert.IsType<ConnectionClosedException>(await Smtp.Thrown.Task.WaitAsync(Deadline));
            Assert.Equal((CloseReason.TlsFailed, "it was not done within 0.3 s"), (closed.Reason, Assert.IsType<TimeoutException>(closed.InnerException).Message));
        }

        Assert.Equal((0, 0), (server.Statistics.Restarts, server.Statistics.HandlerFailures));
        await ExchangeAsync(client, "NOOP b\r\n", "250 b secured\r\n");
        await AssertBalancedAsync(server);
    }

    /// <summary>What a client begins a handshake with.</summary>
    private static async Task<byte[]> FirstMessageAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var stream = new SslStream(client.GetStream());
        _ = stream.AuthenticateAsClientAsync("localhost").ContinueWith(task => task.Exception, TaskScheduler.Default);
        using var accepted = await listener.AcceptSocketAsync();
        var header = new byte[5];
        await accepted.ReceiveAsync(header.AsMemory(), SocketFlags.Peek).AsTask().WaitAsync(Deadline);
        var message = new byte[5 + (header[3] << 8) + header[4]];
        for (var received = 0; received < message.Length;)
        {
            received += await accepted.ReceiveAsync(message.AsMemory(received)).AsTask().WaitAsync(Deadline);
        }

        return message;
    }
}
