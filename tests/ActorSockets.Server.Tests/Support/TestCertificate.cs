using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorSockets.Server.Tests.Support;

/// <summary>A certificate that nobody has signed, and a client that takes any.</summary>
internal static class TestCertificate
{
    /// <summary>Writes <c>server.pem</c> with certificate and key.</summary>
    /// <returns>Its thumbprint.</returns>
    public static string Write(TempDirectory directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        directory.Write("server.pem", $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return certificate.Thumbprint;
    }

    /// <summary>Connects, and reads to the end.</summary>
    /// <returns>The thumbprint of the server's certificate, and what it sent.</returns>
    public static async Task<(string Thumbprint, string Text)> ReadFromAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Deadline.Long);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        }).WaitAsync(Deadline.Long);
        using var reader = new StreamReader(tls);
        return (tls.RemoteCertificate!.GetCertHashString(), await reader.ReadToEndAsync().WaitAsync(Deadline.Long));
    }
}
