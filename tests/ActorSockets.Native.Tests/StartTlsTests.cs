using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>A plain connection that goes on by TLS (STARTTLS).</summary>
public sealed class StartTlsTests : TlsTest
{
    private readonly SmtpSample _smtp = new();

    public static TheoryData<string, string, SslProtocols> StylesEndpointsAndProtocols
    {
        get
        {
            var all = new TheoryData<string, string, SslProtocols>();
            foreach (var style in SmtpSample.Styles)
            {
                all.Add(style, "tcp", SslProtocols.Tls12);
                all.Add(style, "tcp", SslProtocols.Tls13);
                all.Add(style, "unix", SslProtocols.Tls13);
            }

            return all;
        }
    }

    // One that awaits a message has what was delivered before it answered in plain, as it should.
    public static TheoryData<string> StylesThatRefuse => [.. SmtpSample.Styles.Where(style => style != "actor that awaits")];

    [Theory]
    [MemberData(nameof(StylesEndpointsAndProtocols))]
    public async Task What_is_said_after_the_upgrade_is_secured_and_its_details_are_known(string style, string scheme, SslProtocols protocol)
    {
        var server = await StartAsync(style, scheme, o => o.TlsAlpn = ["smtp"]);
        using var socket = await ConnectAsync(server, scheme);
        await ExchangeAsync(socket, "EHLO me\r\n", SmtpSample.Hello);
        await ExchangeAsync(socket, "NOOP a\r\n", "250 a plain\r\n");

        using var client = await UpgradeAsync(socket, tls => (tls.EnabledSslProtocols, tls.ApplicationProtocols) = (protocol, [new SslApplicationProtocol("smtp")]));

        await ExchangeAsync(client, "NOOP b\r\n", "250 b secured\r\n");
        var connection = server.Connections.Single();
        Assert.Equal((protocol, "localhost", "smtp"), (connection.Tls!.Protocol, connection.Tls.ServerName, connection.Tls.ApplicationProtocol));
        Assert.Equal("CN=server", ((X509Certificate2)client.RemoteCertificate!).Subject);
        await ExchangeAsync(client, "QUIT\r\n", "221 bye\r\n");
        Assert.Equal("", await ReceiveAsync(client, 1));
        socket.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);
        await AssertBalancedAsync(server);
    }

    [Theory]
    [MemberData(nameof(StylesThatRefuse))]
    public async Task A_command_in_the_same_segment_is_refused_before_the_go_ahead(string style)
    {
        var server = await StartAsync(style, "tcp");
        using var socket = await ConnectAsync(server);

        await socket.SendAsync("STARTTLS\r\nNOOP injected\r\n"u8.ToArray());

        Assert.Equal("", await ReceiveAsync(socket, 1));
        Assert.IsType<ProtocolException>(await _smtp.Thrown.Task.WaitAsync(Deadline));
        socket.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);
        Assert.Equal(["plain STARTTLS"], _smtp.Seen);
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
        Assert.IsType<ProtocolException>(await _smtp.Thrown.Task.WaitAsync(Deadline));
        socket.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);
        Assert.Equal(["plain STARTTLS"], _smtp.Seen);
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
            _smtp.Seen.Enqueue($"{await connection.ReadLineAsync()}");
        });
        using var socket = await ConnectAsync(server, greeting: "");
        await socket.SendAsync("STARTTLS\r\n"u8.ToArray());
        var securing = await begun.Task.WaitAsync(Deadline);

        await socket.SendAsync("NOOP injected\r\n"u8.ToArray());
        Assert.False(securing.IsCompleted);
        await ReceiveToEndAsync(socket);

        await FailedAsync(server, securing);
        Assert.Empty(_smtp.Seen);
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
        Assert.Equal(["plain STARTTLS"], _smtp.Seen);
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
        Assert.Equal("secured NOOP b", _smtp.Seen.Last());
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
            var closed = Assert.IsType<ConnectionClosedException>(await _smtp.Thrown.Task.WaitAsync(Deadline));
            Assert.Equal((CloseReason.TlsFailed, "it was not done within 0.3 s"), (closed.Reason, Assert.IsType<TimeoutException>(closed.InnerException).Message));
        }

        Assert.Equal((0, 0), (server.Statistics.Restarts, server.Statistics.HandlerFailures));
        await ExchangeAsync(client, "NOOP b\r\n", "250 b secured\r\n");
        await AssertBalancedAsync(server);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_gets_through_with_its_certificate_only_where_one_is_required(SslProtocols protocol)
    {
        using var alice = Issue("alice", Authority);
        var server = await StartAsync("delegate", "tcp", o => (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", Authority.ExportCertificatePem()), true));

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var stranger = await UpgradeAsync(await ConnectAsync(server), tls => tls.EnabledSslProtocols = protocol);
            await ExchangeAsync(stranger, "NOOP a\r\n", "250 a secured\r\n");
        });
        await FailedAsync(server, ThrowAsync());
        using var client = await UpgradeAsync(await ConnectAsync(server), tls => (tls.EnabledSslProtocols, tls.ClientCertificates) = (protocol, [alice]));

        await ExchangeAsync(client, "NOOP b\r\n", "250 b secured\r\n");
        Assert.Equal("CN=alice", server.Connections.Single().Tls!.ClientCertificate!.Subject);
        Assert.DoesNotContain("secured NOOP a", _smtp.Seen);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("unix")]
    public async Task Everything_that_is_sent_after_it_comes_back_and_each_direction_ends_by_itself(string scheme)
    {
        var server = await ServeAsync(
            async connection =>
            {
                await connection.ReadLineAsync();
                await connection.StartTlsAsync("go ahead\r\n");
                await connection.Input.CopyToAsync(connection.Output);
            },
            scheme);
        using var socket = await ConnectAsync(server, scheme, greeting: "");
        using var client = await UpgradeAsync(socket, goAhead: "go ahead\r\n");
        var (data, received) = (RandomNumberGenerator.GetBytes(4 * 1024 * 1024), new byte[4 * 1024 * 1024]);

        var sending = client.WriteAsync(data).AsTask();
        await client.ReadExactlyAsync(received).AsTask().WaitAsync(Deadline);
        await sending;
        await client.ShutdownAsync();

        Assert.Equal("", await ReceiveAsync(client, 1));
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(received));
        socket.Close();
        await UntilAsync(() => server.Statistics.Active == 0, "it is closed");
        Assert.Equal(0, server.Statistics.Closed[CloseReason.TlsFailed]);
    }

    [Fact]
    public async Task What_others_send_meanwhile_comes_after_it_by_TLS_and_what_was_written_before_comes_in_plain()
    {
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            connection.Output.Write("before\r\n"u8);
            var securing = connection.StartTlsAsync("go ahead\r\n");
            var sending = connection.SendAsync("after\r\n");
            Assert.False(sending.IsCompleted);
            await securing;
            await sending;
            await connection.ReadLineAsync();
        });
        using var socket = await ConnectAsync(server, greeting: "");

        using var client = await UpgradeAsync(socket, goAhead: "before\r\ngo ahead\r\n");

        Assert.Equal("after\r\n", await ReceiveAsync(client, 7));
    }

    [Fact]
    public async Task A_read_that_waits_is_given_what_comes_by_TLS_and_nothing_of_the_handshake()
    {
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            var reading = connection.ReadLineAsync();
            await connection.StartTlsAsync("go ahead\r\n");
            await connection.SendAsync($"{await reading}\r\n");
        });
        using var client = await UpgradeAsync(await ConnectAsync(server, greeting: ""), goAhead: "go ahead\r\n");

        await ExchangeAsync(client, "NOOP\r\n", "NOOP\r\n");
    }

    [Fact]
    public async Task A_handler_that_fails_afterwards_is_restarted_on_the_secured_connection()
    {
        var server = await StartAsync("actor with frames", "tcp", o => o.Restart = RestartPolicy.Restart(max: 3));
        using var client = await UpgradeAsync(await ConnectAsync(server));

        await ExchangeAsync(client, "CRASH\r\n", SmtpSample.Greeting);
        await ExchangeAsync(client, "NOOP a\r\n", "250 a secured\r\n");

        Assert.Equal(1, server.Statistics.Restarts);
    }

    [Fact]
    public async Task The_handler_may_change_with_it()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new SwitchingActor()).UseTls(Configure));
        using var client = await UpgradeAsync(await ConnectAsync(server, greeting: ""), goAhead: "go ahead\r\n");

        await ExchangeAsync(client, "a\n", "1 a\n");
    }

    [Theory]
    [InlineData("delegate", CloseReason.LocalClosed)]
    [InlineData("actor with frames", null)]
    public async Task A_close_while_hands_are_shaken_comes_after_it(string style, CloseReason? atOnce)
    {
        var server = await StartAsync(style, "tcp");
        using var socket = await ConnectAsync(server);
        await ExchangeAsync(socket, "STARTTLS\r\n", SmtpSample.GoAhead);
        server.CloseConnections();
        await UntilAsync(() => server.Connections.Single().CloseReason == atOnce, "it is about to close");

        using var client = await ShakeAsync(socket);

        Assert.Equal("", await ReceiveAsync(client, 1));
        socket.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);
    }

    [Theory]
    [InlineData("delegate")]
    [InlineData("actor with frames")]
    public async Task A_stop_while_hands_are_shaken_waits_until_the_drain_timeout(string style)
    {
        var server = await StartAsync(style, "tcp");
        using var socket = await ConnectAsync(server);
        await ExchangeAsync(socket, "STARTTLS\r\n", SmtpSample.GoAhead);

        var report = await server.StopAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(Deadline);

        Assert.Equal(1, report.Aborted);
        Assert.Equal(1, server.Statistics.Closed[CloseReason.DrainTimeout]);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(socket, 1));
    }

    [Fact]
    public async Task It_is_still_possible_while_the_server_drains()
    {
        var server = await StartAsync("delegate", "tcp", o => o.DrainTimeout = Deadline);
        using var socket = await ConnectAsync(server);
        var stopping = server.StopAsync();

        using var client = await UpgradeAsync(socket);

        await ExchangeAsync(client, "QUIT\r\n", "221 bye\r\n");
        socket.Close();
        Assert.Equal(1, (await stopping.WaitAsync(Deadline)).Drained);
    }

    [Fact]
    public async Task Who_gives_up_before_the_go_ahead_has_a_plain_connection_and_who_gives_up_afterwards_has_none()
    {
        using var giveUp = new CancellationTokenSource();
        var thrown = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.StartTlsAsync("go ahead\r\n", new CancellationToken(true)).AsTask());
            await connection.SendAsync("plain\r\n");
            await connection.ReadLineAsync();
            thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n", giveUp.Token).AsTask()));
        });
        using var socket = await ConnectAsync(server, greeting: "");
        await ExchangeAsync(socket, "STARTTLS\r\n", "plain\r\n");
        await ExchangeAsync(socket, "STARTTLS\r\n", "go ahead\r\n");

        await giveUp.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await thrown.Task.WaitAsync(Deadline));
        await ClosedAsync(server, CloseReason.TlsFailed);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(socket, 1));
    }

    [Fact]
    public async Task It_happens_once()
    {
        var meanwhile = new TaskCompletionSource<Exception>();
        var afterwards = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            var securing = connection.StartTlsAsync("go ahead\r\n");
            meanwhile.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
            await securing;
            afterwards.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
            await connection.SendAsync($"{await connection.ReadLineAsync()}\r\n");
        });
        using var socket = await ConnectAsync(server, greeting: "");
        await ExchangeAsync(socket, "STARTTLS\r\n", "go ahead\r\n");
        Assert.Equal("the connection is about to go on by TLS already", Assert.IsType<InvalidOperationException>(await meanwhile.Task.WaitAsync(Deadline)).Message);

        using var client = await ShakeAsync(socket);

        await ExchangeAsync(client, "NOOP\r\n", "NOOP\r\n");
        Assert.Equal("the connection has TLS already", Assert.IsType<InvalidOperationException>(await afterwards.Task).Message);
    }

    [Fact]
    public async Task A_connection_that_began_with_TLS_has_it_already()
    {
        var thrown = new TaskCompletionSource<Exception>();
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").UseTls(Configure)
            .Handle(async connection => thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()))));
        using var client = await SecureAsync(server);

        Assert.Equal("the connection has TLS already", Assert.IsType<InvalidOperationException>(await thrown.Task.WaitAsync(Deadline)).Message);
    }

    [Fact]
    public async Task A_server_without_a_certificate_refuses_and_sends_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
            await connection.SendAsync((await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask())).Message)));
        using var socket = await ConnectAsync(server, greeting: "");

        Assert.Equal("the server has no certificate for TLS: set tls.certificate, or UseTls in code", await ReceiveToEndAsync(socket));
    }

    [Fact]
    public async Task An_output_that_was_completed_cannot_tell_anybody_to_go_ahead()
    {
        var thrown = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.CompleteOutputAsync();
            thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
        });
        using var socket = await ConnectAsync(server, greeting: "");

        Assert.Equal("", await ReceiveToEndAsync(socket));
        Assert.Contains("the output was completed", Assert.IsType<InvalidOperationException>(await thrown.Task.WaitAsync(Deadline)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_has_ended_is_closed()
    {
        var thrown = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            connection.Abort();
            thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
        });
        using var socket = await ConnectAsync(server, greeting: "");

        await socket.SendAsync("STARTTLS\r\n"u8.ToArray());

        Assert.Equal(CloseReason.LocalAborted, Assert.IsType<ConnectionClosedException>(await thrown.Task.WaitAsync(Deadline)).Reason);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_fails_the_start_of_a_plain_endpoint_by_its_key()
    {
        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(
            s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsCertificate = "/nowhere.pem")));

        Assert.Contains("tls.certificate = /nowhere.pem", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("-tls1_2", "delegate")]
    [InlineData("-tls1_3", "delegate")]
    [InlineData("-tls1_3", "actor with frames")]
    public async Task OpenSSL_agrees(string version, string style)
    {
        using var alice = Issue("alice", Authority, "alice.example");
        var server = await StartAsync(style, "tcp", o => (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", Authority.ExportCertificatePem()), true));
        string[] arguments = ["-connect", $"127.0.0.1:{server.Endpoints[0].Port}", "-starttls", "smtp", "-crlf", "-CAfile", PathOf("ca.pem"), "-verify_return_error", version];

        var stranger = await OpenSsl.RunAsync("NOOP a", "250 a secured", arguments);
        var known = await OpenSsl.RunAsync("NOOP b", "250 b secured", [.. arguments, "-cert", Write("alice.pem", Pem(alice)), "-key", PathOf("alice.pem")]);

        Assert.DoesNotContain("250 a", stranger, StringComparison.Ordinal);
        Assert.Contains("250 b secured\n", known, StringComparison.Ordinal);
        Assert.Contains("subject=CN = server\n", known, StringComparison.Ordinal);
        await ClosedAsync(server, CloseReason.TlsFailed);
        Assert.DoesNotContain("secured NOOP a", _smtp.Seen);
    }

    /// <summary>A server with the sample and a certificate.</summary>
    private Task<SocketServer> StartAsync(string style, string scheme, Action<SocketServerOptions>? configure = null) =>
        StartAsync(s => _smtp.Handle(s.Listen(Listen(scheme)), style).UseTls(Configure).Configure(o => configure?.Invoke(o)));

    private Task<SocketServer> ServeAsync(Func<Connection, Task> handle, string scheme = "tcp") =>
        StartAsync(s => s.Listen(Listen(scheme)).Handle(handle).UseTls(Configure));

    private string Listen(string scheme) => scheme == "tcp" ? "tcp://127.0.0.1:0" : $"unix:{PathOf("s")}";

    private void Configure(SslServerAuthenticationOptions tls) => tls.ServerCertificate ??= Issue("server", Authority, "localhost");

    private async Task<Socket> ConnectAsync(SocketServer server, string scheme = "tcp", string greeting = SmtpSample.Greeting)
    {
        var socket = scheme == "tcp" ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(scheme == "tcp" ? new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Port) : new UnixDomainSocketEndPoint(PathOf("s"))).WaitAsync(Deadline);
        Assert.Equal(greeting, await ReceiveAsync(socket, greeting.Length));
        return socket;
    }

    private static async Task<SslStream> UpgradeAsync(Socket socket, Action<SslClientAuthenticationOptions>? configure = null, string goAhead = SmtpSample.GoAhead)
    {
        await ExchangeAsync(socket, "STARTTLS\r\n", goAhead);
        return await ShakeAsync(socket, configure);
    }

    private static async Task<SslStream> ShakeAsync(Socket socket, Action<SslClientAuthenticationOptions>? configure = null)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null };
        configure?.Invoke(options);
        await stream.AuthenticateAsClientAsync(options).WaitAsync(Deadline);
        return stream;
    }

    private static async Task ExchangeAsync(Socket socket, string text, string answer)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text));
        Assert.Equal(answer, await ReceiveAsync(socket, answer.Length));
    }

    private static async Task ExchangeAsync(SslStream client, string text, string answer)
    {
        await client.WriteAsync(Encoding.UTF8.GetBytes(text));
        Assert.Equal(answer, await ReceiveAsync(client, answer.Length));
    }

    /// <summary>Receives what comes before the end of the stream, or a reset.</summary>
    private static async Task<string> ReceiveToEndAsync(Socket socket)
    {
        var all = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Deadline) is > 0 and var received)
            {
                all.Append(Encoding.ASCII.GetString(buffer, 0, received));
            }
        }
        catch (SocketException)
        {
            // A handshake that fails ends with one.
        }

        return all.ToString();
    }

    private async Task ThrowAsync() => throw await _smtp.Thrown.Task.WaitAsync(Deadline);

    private static async Task FailedAsync(SocketServer server, Task securing)
    {
        var closed = await Assert.ThrowsAsync<ConnectionClosedException>(() => securing.WaitAsync(Deadline));
        Assert.Equal(CloseReason.TlsFailed, closed.Reason);
        Assert.True(closed.InnerException is AuthenticationException or IOException, $"{closed.InnerException}");
        await ClosedAsync(server, CloseReason.TlsFailed);
        Assert.Equal(0, server.Statistics.HandlerFailures);
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

    private sealed class SwitchingActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            StartTls("go ahead\r\n");
            SwitchHandler<CounterActor>();
        }
    }
}
