using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorSockets.Tests;

/// <summary>A plain connection that goes on by TLS (STARTTLS).</summary>
public sealed class StartTlsTests : StartTlsTest
{
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
    [InlineData("tcp")]
    [InlineData("unix")]
    public async Task A_connection_that_was_adopted_goes_on_by_TLS(string family)
    {
        var server = await StartAsync("actor with frames", "tcp");
        var (ours, theirs) = await PairAsync(family);

        server.AdoptConnection(ours);

        Assert.Equal(SmtpSample.Greeting, await ReceiveAsync(theirs, SmtpSample.Greeting.Length));
        using var client = await UpgradeAsync(theirs);
        await ExchangeAsync(client, "NOOP a\r\n", "250 a secured\r\n");
        Assert.Equal("localhost", server.Connections.Single().Tls!.ServerName);
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
        Assert.DoesNotContain("secured NOOP a", Smtp.Seen);
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
        Assert.DoesNotContain("secured NOOP a", Smtp.Seen);
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
