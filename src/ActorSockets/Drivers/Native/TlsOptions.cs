using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorSockets.Servers;
using Akka.Configuration;

namespace ActorSockets.Drivers.Native;

/// <summary>What a server does in a TLS handshake: what its options say, and over it what code says.</summary>
internal static class TlsOptions
{
    /// <exception cref="ConfigurationException">A file cannot be read, or there is no certificate.</exception>
    public static SslServerAuthenticationOptions Create(ServerContext context)
    {
        var options = context.Options;
        var asksClients = options.TlsClientCa.Length > 0 || options.TlsRequireClientCertificate;
        var tls = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
            ClientCertificateRequired = asksClients,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (asksClients)
        {
            // .NET alone takes a client without a certificate for one that fails only if it is asked to.
            tls.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateNotAvailable && !options.TlsRequireClientCertificate);
        }

        if (options.TlsClientCa.Length > 0)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Read("tls.client-ca", options.TlsClientCa, path => tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(path));
        }

        if (options.TlsCertificate.Length > 0)
        {
            Read("tls.certificate", options.TlsCertificate, path => tls.ServerCertificateContext = LoadCertificate(path, options.TlsKey));
        }

        context.Handlers.Hooks.ConfigureTls(tls);
        return tls;
    }

    private static SslStreamCertificateContext LoadCertificate(string path, string key)
    {
        if (Path.GetExtension(path) is ".pfx" or ".p12")
        {
            return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12FromFile(path, null), null, offline: true);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(path, key.Length > 0 ? key : null), chain, offline: true);
    }

    private static void Read(string key, string path, Action<string> read)
    {
        try
        {
            read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"{key} = {path}: {exception.Message}", exception);
        }
    }
}
