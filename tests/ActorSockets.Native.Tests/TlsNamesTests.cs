using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Which certificate a client is shown, and which protocol is agreed on.</summary>
public sealed class TlsNamesTests : TlsTest
{
    [Theory]
    [InlineData("first.example", "first")]
    [InlineData("SECOND.example", "second")]
    [InlineData("bücher.example", "second")]
    [InlineData("xn--bcher-kva.example", "second")]
    [InlineData("a.example.net", "any")]
    [InlineData("www.example.net", "first")]
    [InlineData("a.b.example.net", "first")]
    [InlineData("example.net", "first")]
    [InlineData("*.example.net", "any")]
    [InlineData("a.bücher.example", "any")]
    [InlineData("other.example", "first")]
    [InlineData("localhost", "first")]
    [InlineData("", "first")]
    public async Task A_client_is_shown_the_certificate_with_the_name_that_it_asks_for_or_the_default(string host, string name)
    {
        using var second = Issue("second", null, "second.example", "bücher.example");
        var server = await ServeAsync(o =>
        {
            o.TlsCertificate = Write("first.pem", Pem(Issue("first", null, "first.example", "www.example.net")));
            o.TlsCertificates =
            [
                new(Write("any.pem", Pem(Issue("any", null, "*.example.net", "*.bücher.example")))),
                new(Write("second.pem", second.ExportCertificatePem()), Write("second.key", KeyPem(second))),
                new(Write("late.pem", Pem(Issue("late", null, "second.example", "first.example", "*.example.net")))),
            ];
        });

        Assert.Equal($"CN={name}", await ShownAsync(server, host));
    }

    [Fact]
    public async Task A_client_is_shown_the_first_of_the_list_where_there_is_no_other_default()
    {
        var server = await ServeAsync(o => o.TlsCertificates =
        [
            new(Write("nameless.pem", Pem(Issue("nameless")))),
            new(Write("second.pem", Pem(Issue("second", null, "second.example")))),
        ]);

        Assert.Equal("CN=nameless", await ShownAsync(server, "other.example"));
        Assert.Equal("CN=second", await ShownAsync(server, "second.example"));
    }

    [Fact]
    public async Task A_certificate_that_nobody_could_ask_for_fails_the_start_by_its_key()
    {
        var error = await Assert.ThrowsAsync<EndpointBindException>(() => ServeAsync(o =>
        {
            o.TlsCertificate = Write("first.pem", Pem(Issue("first")));
            o.TlsCertificates = [new(Write("second.pem", Pem(Issue("second"))))];
        }));

        Assert.Contains($"tls.certificates[0].certificate = {PathOf("second.pem")}: it names no host", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_may_choose_by_the_name_over_the_configuration()
    {
        using var chosen = Issue("chosen");
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => o.TlsCertificate = Write("first.pem", Pem(Issue("first"))))
            .UseTls(tls =>
            {
                var configured = tls.ServerCertificateContext!.TargetCertificate;
                tls.ServerCertificateSelectionCallback = (_, host) => host == "chosen.example" ? chosen : configured;
            }));

        Assert.Equal("CN=chosen", await ShownAsync(server, "chosen.example"));
        Assert.Equal("CN=first", await ShownAsync(server, "other.example"));
    }

    [Fact]
    public async Task A_certificate_of_code_is_over_that_of_the_configuration()
    {
        using var own = Issue("own");
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => o.TlsCertificate = Write("first.pem", Pem(Issue("first"))))
            .UseTls(tls => tls.ServerCertificate = own));

        Assert.Equal("CN=own", await ShownAsync(server));
    }

    [Fact]
    public async Task The_protocol_that_the_server_prefers_is_agreed_on()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsAlpn) = (Write("server.pem", Pem(Issue("server"))), ["count/2", "count/1"]));
        using var client = await SecureAsync(server, tls => tls.ApplicationProtocols = [new("count/1"), new("other"), new("count/2")]);

        await CountAsync(client, 1);

        Assert.Equal("count/2", client.NegotiatedApplicationProtocol.ToString());
        Assert.Equal("count/2", server.Connections.Single().Tls!.ApplicationProtocol);
    }

    [Fact]
    public async Task A_client_that_offers_other_protocols_only_is_refused_and_one_that_offers_none_is_served()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsAlpn) = (Write("server.pem", Pem(Issue("server"))), ["count/1"]));

        await RefusedAsync(server, tls => tls.ApplicationProtocols = [new("other")]);

        using var client = await SecureAsync(server);
        await CountAsync(client, 1);
        Assert.Equal("", server.Connections.Single().Tls!.ApplicationProtocol);
    }

    [Fact]
    public async Task Details_can_be_read_after_the_end_of_the_connection()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsClientCa) = (Write("server.pem", Pem(Issue("server"))), Write("ca.pem", Authority.ExportCertificatePem())));
        using var alice = Issue("alice", Authority);
        var client = await SecureAsync(server, tls => tls.ClientCertificates = [alice]);
        await CountAsync(client, 1);
        var details = server.Connections.Single().Tls!;

        client.Dispose();
        await UntilAsync(() => server.Connections.Count == 0, "it has ended");

        Assert.Equal(alice.RawData, details.ClientCertificate!.RawData);
        Assert.Equal("CN=alice", details.ClientCertificate.Subject);
        Assert.Equal("localhost", details.ServerName);
        Assert.Contains(details.CipherSuite, new[] { TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256 });
    }

    [Fact]
    public void A_list_of_certificates_is_enough_for_an_endpoint() =>
        Assert.NotNull(Sys.SocketServers().Create("test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsCertificates = [new("a.pem")])));

    [Theory]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345")]
    public void A_name_of_a_protocol_that_ALPN_cannot_carry_is_refused(string name)
    {
        var error = Assert.Throws<ConfigurationException>(() => Sys.SocketServers().Create("test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.TlsCertificate, o.TlsAlpn) = ("a.pem", [name]))));

        Assert.Equal($"server 'test': tls.alpn: '{name}' must have 1 to 255 bytes", error.Message);
    }
}
