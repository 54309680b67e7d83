using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>TLS endpoints.</summary>
public sealed class TlsTests : ServerTest
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("as");
    private readonly X509Certificate2 _authority = Issue("authority", null);

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

        var sending = Task.Run(async () =>
        {
            await client.WriteAsync(data);
            await client.ShutdownAsync();
        });
        using var received = new MemoryStream();
        await client.CopyToAsync(received).WaitAsync(Deadline);

        await sending;
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(received.ToArray()));
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
    public async Task A_client_with_a_certificate_of_another_authority_is_refused()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", _authority.ExportCertificatePem()), true)));
        using var other = Issue("other", null);
        using var stranger = Issue("stranger", other);

        await RefusedAsync(server, tls => tls.ClientCertificates = [stranger]);

        Assert.Equal(0, server.Statistics.Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_known_by_a_certificate_of_the_authority_that_is_named(bool isRequired)
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.TlsClientCa, o.TlsRequireClientCertificate) = (Write("ca.pem", _authority.ExportCertificatePem()), isRequired)));
        using var certificate = Issue("alice", _authority);
        using var client = await SecureAsync(server, tls => tls.ClientCertificates = [certificate]);

        await client.WriteAsync("a\n"u8.ToArray());

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal("CN=alice", server.Connections.Single().Tls!.ClientCertificate!.Subject);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_served_where_one_is_only_asked_for()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => o.TlsClientCa = Write("ca.pem", _authority.ExportCertificatePem())));
        using var client = await SecureAsync(server);

        await client.WriteAsync("a\n"u8.ToArray());

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
    }

    [Fact]
    public async Task A_client_that_never_begins_is_given_up_at_the_handshake_timeout_and_one_that_talks_plainly_at_once()
    {
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsHandshakeTimeout = TimeSpan.FromMilliseconds(200)));
        using var silent = await ConnectAsync(server);
        using var plain = await ConnectAsync(server);
        await SendAsync(plain, "hello, server\n");

        await Record.ExceptionAsync(() => ReadToEndAsync(silent));
        await Record.ExceptionAsync(() => ReadToEndAsync(plain));

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
        using var certificate = Issue("localhost", null);
        var server = await Sys.SocketServers().StartAsync("test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.TlsCertificate, o.TlsKey) = kind switch
        {
            "pfx" => (Write("server.pfx", certificate.Export(X509ContentType.Pkcs12)), ""),
            "pem" => (Write("server.pem", certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()), ""),
            _ => (Write("server.pem", certificate.ExportCertificatePem()), Write("server.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())),
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

    protected override void AfterAll()
    {
        base.AfterAll();
        _authority.Dispose();
        _directory.Delete(recursive: true);
    }

    /// <summary>A certificate with its key; signed by itself without an authority.</summary>
    private static X509Certificate2 Issue(string name, X509Certificate2? authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null, false, 0, true));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        if (authority is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var signed = request.Create(authority, from, to.AddHours(-1), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private new Task<SocketServer> StartAsync(Action<SocketServerBuilder> configure, string name = "test")
    {
        var certificate = Issue("localhost", null);
        return base.StartAsync(s => configure(s.UseTls(tls => tls.ServerCertificate = certificate)), name);
    }

    private static async Task<SslStream> SecureAsync(SocketServer server, Action<SslClientAuthenticationOptions>? configure = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port).WaitAsync(Deadline);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null };
        configure?.Invoke(options);
        await stream.AuthenticateAsClientAsync(options).WaitAsync(Deadline);
        return stream;
    }

    /// <summary>In TLS 1.3 a client learns of it by its first read only.</summary>
    private static async Task RefusedAsync(SocketServer server, Action<SslClientAuthenticationOptions> configure)
    {
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var client = await SecureAsync(server, configure);
            Assert.NotEqual("", await ReceiveAsync(client, 1));
        });
        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == 1, "it is refused");
    }

    /// <summary>Receives so many bytes, or what comes before the end of the stream.</summary>
    private static async Task<string> ReceiveAsync(SslStream client, int count)
    {
        var buffer = new byte[count];
        var received = await client.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false).AsTask().WaitAsync(Deadline);
        return Encoding.UTF8.GetString(buffer, 0, received);
    }

    private string Write(string name, string text)
    {
        var path = Path.Join(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Join(_directory.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
