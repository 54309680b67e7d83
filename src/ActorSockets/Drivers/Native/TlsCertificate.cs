using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;

namespace ActorSockets.Drivers.Native;

/// <summary>A certificate that the options name.</summary>
/// <param name="Section">What stands before its keys.</param>
/// <param name="Named">Its files.</param>
internal sealed record TlsCertificate(string Section, TlsCertificateFiles Named)
{
    private const string EncryptedKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    /// <summary>Its key and its file, for messages.</summary>
    public string Name => $"{Section}certificate = {Named.Certificate}";

    /// <summary>Its files.</summary>
    public IEnumerable<string> Paths => [Named.Certificate, Named.Key, Named.PasswordFile];

    private bool IsPkcs12 => Path.GetExtension(Named.Certificate) is ".pfx" or ".p12";

    /// <summary>All that the options name; the first is the one for everybody.</summary>
    public static IEnumerable<TlsCertificate> AllOf(SocketServerOptions options)
    {
        var more = options.TlsCertificates.Select((named, index) => new TlsCertificate($"tls.certificates[{index}].", named));
        return options.TlsCertificate.Length == 0
            ? more
            : more.Prepend(new TlsCertificate("tls.", new TlsCertificateFiles(options.TlsCertificate, options.TlsKey, options.TlsPasswordFile)));
    }

    /// <summary>The certificate with its key and those that it is signed by.</summary>
    /// <exception cref="ConfigurationException">A file cannot be read, or does not hold what it should.</exception>
    public SslStreamCertificateContext Read(TlsFiles files)
    {
        var password = Named.PasswordFile.Length == 0 ? null : files.ReadText($"{Section}password-file", Named.PasswordFile, text => text.Split('\n')[0].TrimEnd('\r'));
        var (certificate, chain) = IsPkcs12 ? ReadPkcs12(files, password) : ReadPem(files, password);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private (X509Certificate2 Certificate, X509Certificate2Collection Chain) ReadPkcs12(TlsFiles files, string? password) => files.Read($"{Section}certificate", Named.Certificate, content =>
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(content, password);
        return (all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("there is no certificate with a key in it"), all);
    });

    private (X509Certificate2 Certificate, X509Certificate2Collection Chain) ReadPem(TlsFiles files, string? password)
    {
        var (pem, chain) = files.ReadText($"{Section}certificate", Named.Certificate, text =>
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(text);
            return chain.Count > 0 ? (text, chain) : throw new CryptographicException("there is no certificate in it");
        });
        var certificate = Named.Key.Length > 0
            ? files.ReadText($"{Section}key", Named.Key, key => WithKey(pem, key, password))
            : files.ReadText($"{Section}certificate", Named.Certificate, key => WithKey(pem, key, password));
        return (certificate, chain);
    }

    private X509Certificate2 WithKey(string certificate, string key, string? password)
    {
        try
        {
            if (!key.Contains(EncryptedKey, StringComparison.Ordinal))
            {
                return X509Certificate2.CreateFromPem(certificate, key);
            }

            return X509Certificate2.CreateFromEncryptedPem(certificate, key, password ?? throw new CryptographicException($"the key is encrypted, and there is no {Section}password-file"));
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException("the key is not the certificate's", exception);
        }
    }
}
