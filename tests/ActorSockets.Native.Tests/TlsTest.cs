using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>Certificates that are made for a test, in files of its own, and clients that shake hands.</summary>
public abstract class TlsTest(string logLevel = "OFF") : ServerTest(logLevel)
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("as");

    /// <summary>One that other certificates are signed by.</summary>
    protected X509Certificate2 Authority { get; } = Issue("authority");

    protected override void AfterAll()
    {
        base.AfterAll();
        Authority.Dispose();
        _directory.Delete(recursive: true);
    }

    /// <summary>A certificate with its key, for hosts; one without hosts may sign others. Signed by itself without an authority.</summary>
    protected static X509Certificate2 Issue(string name, X509Certificate2? authority = null, params string[] hosts) =>
        Issue(name, DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30), authority, hosts);

    /// <summary>The same, for a time.</summary>
    protected static X509Certificate2 Issue(string name, DateTimeOffset from, DateTimeOffset to, X509Certificate2? authority = null, params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(hosts.Length == 0, false, 0, true));
        if (hosts.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            Array.ForEach(hosts, names.AddDnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        if (authority is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        // Nobody may sign for longer than it is valid itself.
        using var signed = request.Create(authority, from, to < authority.NotAfter ? to : authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    protected static string KeyPem(X509Certificate2 certificate) => certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();

    protected static string KeyPem(X509Certificate2 certificate, string password) => certificate.GetECDsaPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(
        password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));

    /// <summary>A certificate and its key as one text.</summary>
    protected static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n" + KeyPem(certificate) + "\n";

    /// <summary>A server whose certificates are those of its options.</summary>
    protected Task<SocketServer> ServeAsync(Action<SocketServerOptions> configure) =>
        base.StartAsync(s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>().Configure(configure));

    /// <summary>What a client is shown that asks for a host.</summary>
    protected static async Task<string> ShownAsync(SocketServer server, string host = "localhost")
    {
        using var client = await SecureAsync(server, tls => tls.TargetHost = host);
        return ((X509Certificate2)client.RemoteCertificate!).Subject;
    }

    /// <summary>Sends a line to a <see cref="CounterActor"/> and expects the answer.</summary>
    protected static async Task CountAsync(SslStream client, int number)
    {
        await client.WriteAsync("a\n"u8.ToArray());
        Assert.Equal($"{number} a\n", await ReceiveAsync(client, 4));
    }

    protected string PathOf(string name) => Path.Join(_directory.FullName, name);

    protected static async Task<SslStream> SecureAsync(SocketServer server, Action<SslClientAuthenticationOptions>? configure = null)
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
    protected static async Task RefusedAsync(SocketServer server, Action<SslClientAuthenticationOptions> configure, long count = 1)
    {
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var client = await SecureAsync(server, configure);
            Assert.NotEqual("", await ReceiveAsync(client, 1));
        });
        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == count, "it is refused");
    }

    /// <summary>Receives so many bytes, or what comes before the end of the stream.</summary>
    protected static async Task<string> ReceiveAsync(SslStream client, int count)
    {
        var buffer = new byte[count];
        var received = await client.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false).AsTask().WaitAsync(Deadline);
        return Encoding.UTF8.GetString(buffer, 0, received);
    }

    protected string Write(string name, string text)
    {
        var path = PathOf(name);
        File.WriteAllText(path, text);
        return path;
    }

    protected string Write(string name, byte[] bytes)
    {
        var path = PathOf(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
