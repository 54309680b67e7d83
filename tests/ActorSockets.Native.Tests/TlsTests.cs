using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>TLS endpoints.</summary>
public sealed class TlsTests : TlsTest
{
    public static TheoryData<SslProtocols, Type> ProtocolsAndHandlers => new()
    {
        { SslProtocols.Tls12, typeof(CounterActor) }, { SslProtocols.Tls12, typeof(CounterHandler) },
        { SslProtocols.Tls13, typeof(CounterActor) }, { SslProtocols.Tls13, typeof(CounterHandler) },
    };

    [Theory]
    [MemberData(nameof(ProtocolsAndHandlers))]
    public async Task A_client_is_served_by_TLS_and_its_details_are_known(SslProtocols protocol, Type handler)
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!)
            .UseTls(tls => tls.ApplicationProtocols = [new SslApplicationProtocol("count/1")]));
        using var client = await SecureAsync(server, tls => (tls.EnabledSslProtocols, tls.ApplicationProtocols) = (protocol, [new SslApplicationProtocol("count/1")]));

        await client.WriteAsync("a\nb\n"u8.ToArray());

        Assert.Equal("1 a\n2 b\n", await ReceiveAsync(client, 8));
        var details = server.Connections.Single().Tls!;
        Assert.Equal((protocol, "localhost", "count/1"), (details.Protocol, details.ServerName, details.ApplicationProtocol));
        Assert.Null(details.ClientCertificate);
        await client.ShutdownAsync();
        Assert.Equal("", await ReceiveAsync(client, 1));
        client.Close();
        await ClosedAsync(server, CloseReason.PeerClosed);
    }

    [Fact]
    public async Task Everything_that_is_sent_comes_back()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<EchoActor>());
        using var client = await SecureAsync(server);
        var data = RandomNumberGenerator.GetBytes(4 * 1024 * 1024);

        var received = new byte[data.Length];
        var receiving = client.ReadExactlyAsync(received).AsTask();
        await client.WriteAsync(data).AsTask().WaitAsync(Deadline);
        await receiving.WaitAsync(Deadline);

        Assert.Equal(SHA256.HashData(data), SHA256.HashData(received));
        await client.ShutdownAsync();
        Assert.Equal("", await ReceiveAsync(client, 1));
    }

    [Fact]
    public async Task A_handshake_may_take_as_long_as_anybody_likes()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<EchoActor>().Configure(o => o.TlsHandshakeTimeout = TimeSpan.MaxValue));

        using var client = await SecureAsync(server);

        await client.WriteAsync("a"u8.ToArray());
        Assert.Equal("a", await ReceiveAsync(client, 1));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_without_a_certificate_is_refused_where_one_is_required(SslProtocols protocol)
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsRequireClientCertificate = true));

        await RefusedAsync(server, tls => tls.EnabledSslProtocols = protocol);

        Assert.Equal(0, server.Statistics.Accepted);
    }

    [Fact]
    public async Task A_client_with_a_certificate_of_anotherAuthority_is_refused()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", Authority.ExportCertificatePem()), true)));
        using var other = Issue("other");
        using var stranger = Issue("stranger", other);

        await RefusedAsync(server, tls => tls.ClientCertificates = [stranger]);

        Assert.Equal(0, server.Statistics.Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_known_by_a_certificate_of_theAuthority_that_is_named(bool isRequired)
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", Authority.ExportCertificatePem()), isRequired)));
        using var certificate = Issue("alice", Authority);
        using var client = await SecureAsync(server, tls => tls.ClientCertificates = [certificate]);

        await client.WriteAsync("a\n"u8.ToArray());

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal("CN=alice", server.Connections.Single().Tls!.ClientCertificate!.Subject);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_served_where_one_is_only_asked_for()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => o.TlsClientCa = Write("ca.pem", Authority.ExportCertificatePem())));
        using var client = await SecureAsync(server);

        await client.WriteAsync("a\n"u8.ToArray());

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
    }

    [Fact]
    [Proves("a TLS handshake is late", "client: reset; TlsFailed")]
    [Proves("a TLS handshake fails", "client: reset; TlsFailed")]
    public async Task A_client_that_never_begins_is_given_up_at_the_handshake_timeout_and_one_that_talks_plainly_at_once()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsHandshakeTimeout = TimeSpan.FromMilliseconds(200)));
        using var silent = await ConnectAsync(server);
        using var plain = await ConnectAsync(server);
        await SendAsync(plain, "hello, server\n");

        foreach (var client in new[] { silent, plain })
        {
            Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client))).SocketErrorCode);
        }

        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == 2, "both are refused");
        using var good = await SecureAsync(server);
        await good.WriteAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(good, 4));
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("pem and key")]
    [InlineData("pfx")]
    public async Task A_certificate_is_read_from_files(string kind)
    {
        using var certificate = Issue("localhost");
        var server = await Sys.SocketServers().StartAsync("test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.TlsCertificate, o.TlsKey) = kind switch
        {
            "pfx" => (Write("server.pfx", certificate.Export(X509ContentType.Pkcs12)), ""),
            "pem" => (Write("server.pem", Pem(certificate)), ""),
            _ => (Write("server.pem", certificate.ExportCertificatePem()), Write("server.key", KeyPem(certificate))),
        }));
        using var client = await SecureAsync(server);

        await client.WriteAsync("a\n"u8.ToArray());

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal(certificate.Thumbprint, ((X509Certificate2)client.RemoteCertificate!).Thumbprint);
    }

    [Fact]
    public async Task A_file_that_is_not_there_fails_the_start_by_its_key()
    {
        var error = await Assert.ThrowsAsync<EndpointBindException>(() => Sys.SocketServers().StartAsync(
            "test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsCertificate = "/nowhere.pem")));

        Assert.Contains("tls.certificate = /nowhere.pem", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endpoint_without_a_certificate_is_refused()
    {
        var error = Assert.Throws<ConfigurationException>(() => Sys.SocketServers().Create("test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()));

        Assert.Equal("server 'test': tls://127.0.0.1:0 needs a certificate: set tls.certificate, or UseTls in code", error.Message);
    }

    private new Task<SocketServer> StartAsync(Action<SocketServerBuilder> configure, string name = "test")
    {
        var certificate = Issue("localhost");
        return base.StartAsync(s => configure(s.UseTls(tls => tls.ServerCertificate = certificate)), name);
    }
}
