using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ActorSockets;

/// <summary>What the TLS handshake of a connection came to.</summary>
/// <param name="Protocol">The version.</param>
/// <param name="CipherSuite">The cipher suite.</param>
/// <param name="ServerName">The name that the client asked for (SNI); empty where it asked for none.</param>
/// <param name="ApplicationProtocol">What was agreed on by ALPN; empty where nothing was.</param>
/// <param name="ClientCertificate">The client's certificate; null where it has shown none.</param>
public sealed record TlsDetails(
    SslProtocols Protocol, TlsCipherSuite CipherSuite, string ServerName, string ApplicationProtocol, X509Certificate2? ClientCertificate)
{
    internal static TlsDetails Of(SslStream stream) => new(
        stream.SslProtocol,
        stream.NegotiatedCipherSuite,
        stream.TargetHostName,
        stream.NegotiatedApplicationProtocol.ToString(),
        stream.RemoteCertificate as X509Certificate2);
}
