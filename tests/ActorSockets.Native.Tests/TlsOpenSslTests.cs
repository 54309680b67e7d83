namespace ActorSockets.Tests;

/// <summary>OpenSSL's own client.</summary>
public sealed class TlsOpenSslTests : TlsTest
{
    [SkippableTheory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task It_is_served_by_both_versions_and_agrees_on_name_and_protocol(string version, string shown)
    {
        var server = await ServeAsync(o =>
        {
            o.TlsCertificate = Write("first.pem", Pem(Issue("first", Authority, "first.example")));
            o.TlsCertificates = [new(Write("any.pem", Pem(Issue("any", Authority, "*.example.net"))))];
            o.TlsAlpn = ["count/2", "count/1"];
        });

        var named = await RunAsync(server, version, "-servername", "www.example.net", "-verify_hostname", "www.example.net", "-alpn", "other,count/1");
        var other = await RunAsync(server, version, "-noservername");

        Assert.Contains("1 a\n", named, StringComparison.Ordinal);
        Assert.Contains($"New, {shown}, Cipher is ", named, StringComparison.Ordinal);
        Assert.Contains("subject=CN = any\n", named, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: count/1\n", named, StringComparison.Ordinal);
        Assert.Contains("1 a\n", other, StringComparison.Ordinal);
        Assert.Contains("subject=CN = first\n", other, StringComparison.Ordinal);
        Assert.Contains("No ALPN negotiated\n", other, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task It_gets_in_with_a_certificate_of_the_authority_only(string version)
    {
        using var stranger = Issue("stranger", Issue("other"), "stranger.example");
        using var alice = Issue("alice", Authority, "alice.example");
        var server = await ServeAsync(o =>
        {
            o.TlsCertificate = Write("server.pem", Pem(Issue("server", Authority, "localhost")));
            (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", Authority.ExportCertificatePem()), true);
        });

        Assert.DoesNotContain("1 a\n", await RunAsync(server, version), StringComparison.Ordinal);
        Assert.DoesNotContain("1 a\n", await RunAsync(server, version, "-cert", Write("stranger.pem", Pem(stranger)), "-key", PathOf("stranger.pem")), StringComparison.Ordinal);
        Assert.Contains("1 a\n", await RunAsync(server, version, "-cert", Write("alice.pem", Pem(alice)), "-key", PathOf("alice.pem")), StringComparison.Ordinal);
        Assert.Equal((1, 2), (server.Statistics.Accepted, server.Statistics.Refused[RefusalReason.TlsFailed]));
    }

    [SkippableTheory]
    [InlineData("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")]
    [InlineData("-alpn", "other")]
    public async Task It_is_told_by_an_alert_where_there_is_nothing_to_agree_on(params string[] arguments)
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsAlpn) = (Write("server.pem", Pem(Issue("server", Authority, "localhost"))), ["count/1"]));

        var output = await RunAsync(server, arguments);

        Assert.Contains(arguments[0] == "-alpn" ? "no application protocol" : "alert protocol version", output, StringComparison.Ordinal);
        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == 1, "it is refused");
        Assert.Equal(0, server.Statistics.Accepted);
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_is_resumed_until_the_certificate_changes(string version)
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsReloadInterval) = (Write("server.pem", Pem(Issue("server", Authority, "localhost"))), null));
        await RunAsync(server, version, "-sess_out", PathOf("session"));
        var before = await RunAsync(server, version, "-sess_in", PathOf("session"), "-sess_out", PathOf("session"));

        Write("server.pem", Pem(Issue("new", Authority, "localhost")));
        await server.ReloadCertificatesAsync();

        var after = await RunAsync(server, version, "-sess_in", PathOf("session"));
        Assert.Contains("\nReused, ", before, StringComparison.Ordinal);
        Assert.Contains("\nNew, ", after, StringComparison.Ordinal);
        Assert.Contains("1 a\n", after, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_gets_nobody_in_whose_authority_is_trusted_no_more(string version)
    {
        using var alice = Issue("alice", Authority, "alice.example");
        using var other = Issue("other");
        var server = await ServeAsync(o =>
        {
            o.TlsCertificate = Write("server.pem", Pem(Issue("server", Authority, "localhost")));
            (o.TlsClientCa, o.TlsRequireClientCertificate, o.TlsReloadInterval) = (Write("ca.pem", Authority.ExportCertificatePem()), true, null);
        });
        Assert.Contains("1 a\n", await RunAsync(server, version, "-cert", Write("alice.pem", Pem(alice)), "-key", PathOf("alice.pem"), "-sess_out", PathOf("session")), StringComparison.Ordinal);

        Write("ca.pem", other.ExportCertificatePem());
        await server.ReloadCertificatesAsync();

        Assert.DoesNotContain("1 a\n", await RunAsync(server, version, "-sess_in", PathOf("session")), StringComparison.Ordinal);
        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == 1, "it is refused");
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_with_a_server_that_asks_for_no_certificate_gets_nobody_in_where_one_is_required(string version)
    {
        var certificate = Write("server.pem", Pem(Issue("server", Authority, "localhost")));
        var open = await ServeAsync(o => o.TlsCertificate = certificate);
        var closed = await StartAsync(
            s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.TlsCertificate, o.TlsRequireClientCertificate) = (certificate, true)), "closed");
        Assert.Contains("1 a\n", await RunAsync(open, version, "-sess_out", PathOf("session")), StringComparison.Ordinal);

        Assert.DoesNotContain("1 a\n", await RunAsync(closed, version, "-sess_in", PathOf("session")), StringComparison.Ordinal);
        await UntilAsync(() => closed.Statistics.Refused[RefusalReason.TlsFailed] == 1, "it is refused");
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task It_is_told_by_TLS_that_a_server_is_full_which_closes(string version)
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.MaxConnections) = (Write("server.pem", Pem(Issue("server", Authority, "localhost"))), 1));
        using var first = await SecureAsync(server);
        await UntilAsync(() => server.Connections.Count == 1, "there is no place left");

        var output = await RunAsync(server, version);

        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected eof", output, StringComparison.Ordinal);
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.ServerFull]);
    }

    /// <summary>Sends a line and expects the answer. The server must be who the authority says.</summary>
    /// <returns>All that it has written.</returns>
    private Task<string> RunAsync(SocketServer server, params string[] arguments) => OpenSsl.RunAsync(
        "a", "1 a", ["-connect", $"127.0.0.1:{server.Endpoints[0].Port}", "-CAfile", Write("authority.pem", Authority.ExportCertificatePem()), "-verify_return_error", .. arguments]);
}
