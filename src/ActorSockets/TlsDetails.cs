using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ActorSockets;

/// <summary>What the TLS handshake of a connection came to. From then on it is the same for as long as the connection lives, and can be read after its end.</summary>
/// <param name="Protocol">The version.</param>
/// <param name="CipherSuite">The cipher suite.</param>
/// <param name="ServerName">The name that the client asked for (SNI); empty where it asked for none.</param>
/// <param name="ApplicationProtocol">What was agreed on by ALPN; empty where nothing was.</param>
/// <param name="ClientCertificate">
/// The client's certificate, which was found trusted in the handshake, by the authorities of that time; null where it has shown none. It lives for as long as it is used,
/// also after the connection's end; do not dispose of it, as all who read it have the same one.
/// </param>
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
