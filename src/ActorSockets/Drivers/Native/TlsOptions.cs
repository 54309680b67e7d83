using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorSockets.Handlers;
using Akka.Configuration;

namespace ActorSockets.Drivers.Native;

/// <summary>What a server does in the handshakes where it shows one certificate: what its options say, and over it what code says.</summary>
internal static class TlsOptions
{
    /// <param name="options">The server's options.</param>
    /// <param name="files">The files that they name.</param>
    /// <param name="certificate">What is shown; null: code knows.</param>
    /// <param name="hooks">What code says.</param>
    /// <exception cref="ConfigurationException">The authorities of the clients cannot be read.</exception>
    public static SslServerAuthenticationOptions Create(SocketServerOptions options, TlsFiles files, SslStreamCertificateContext? certificate, ServerHooks hooks)
    {
        var asksClients = options.TlsClientCa.Length > 0 || options.TlsRequireClientCertificate;
        var tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
            ClientCertificateRequired = asksClients,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (options.TlsAlpn.Count > 0)
        {
            tls.ApplicationProtocols = [.. options.TlsAlpn.Select(name => new SslApplicationProtocol(name))];
        }

        if (asksClients)
        {
            // .NET alone takes a client without a certificate for one that fails only if it is asked to.
            tls.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateNotAvailable && !options.TlsRequireClientCertificate);
        }

        if (options.TlsClientCa.Length > 0)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(files.ReadText("tls.client-ca", options.TlsClientCa, ReadAuthorities));
        }

        hooks.ConfigureTls(tls);
        if ((tls.ServerCertificate is not null || tls.ServerCertificateSelectionCallback is not null) && tls.ServerCertificateContext == certificate)
        {
            // Code is over the configuration: .NET would prefer the context to the certificate, and fail each handshake for a callback beside it.
            tls.ServerCertificateContext = null;
        }

        return tls;
    }

    private static X509Certificate2Collection ReadAuthorities(string pem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("there is no certificate in it");
    }
}
