namespace ActorSockets.Hosting;

/// <summary><c>Tls</c> of a server: its <c>tls:</c> endpoints. What is not set (null) is left as it is.</summary>
public sealed class TlsSettings
{
    /// <summary><see cref="SocketServerOptions.TlsCertificate"/>.</summary>
    public string? Certificate { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsKey"/>.</summary>
    public string? Key { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsPasswordFile"/>.</summary>
    public string? PasswordFile { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsCertificates"/>.</summary>
    public IReadOnlyList<TlsCertificateSettings>? Certificates { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsAlpn"/>.</summary>
    public IReadOnlyList<string>? Alpn { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsClientCa"/>.</summary>
    public string? ClientCa { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsRequireClientCertificate"/>.</summary>
    public bool? RequireClientCertificate { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsHandshakeTimeout"/>.</summary>
    public Duration? HandshakeTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.TlsReloadInterval"/>; <c>off</c>: never.</summary>
    public DurationOrOff? ReloadInterval { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.TlsCertificate = Certificate ?? options.TlsCertificate;
        options.TlsKey = Key ?? options.TlsKey;
        options.TlsPasswordFile = PasswordFile ?? options.TlsPasswordFile;
        options.TlsCertificates = Certificates is { } certificates ? [.. certificates.Select(certificate => certificate.ToFiles())] : options.TlsCertificates;
        options.TlsAlpn = Alpn ?? options.TlsAlpn;
        options.TlsClientCa = ClientCa ?? options.TlsClientCa;
        options.TlsRequireClientCertificate = RequireClientCertificate ?? options.TlsRequireClientCertificate;
        options.TlsHandshakeTimeout = HandshakeTimeout?.Value ?? options.TlsHandshakeTimeout;
        options.TlsReloadInterval = ReloadInterval is { } reload ? reload.Value : options.TlsReloadInterval;
    }
}
