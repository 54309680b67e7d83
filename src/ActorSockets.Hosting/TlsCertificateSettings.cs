namespace ActorSockets.Hosting;

/// <summary>One of <c>Tls:Certificates</c> of a server.</summary>
public sealed class TlsCertificateSettings
{
    /// <summary><see cref="TlsCertificateFiles.Certificate"/>; it must be set.</summary>
    public string? Certificate { get; set; }

    /// <summary><see cref="TlsCertificateFiles.Key"/>.</summary>
    public string? Key { get; set; }

    /// <summary><see cref="TlsCertificateFiles.PasswordFile"/>.</summary>
    public string? PasswordFile { get; set; }

    internal TlsCertificateFiles ToFiles() => new(Certificate ?? "", Key ?? "", PasswordFile ?? "");
}
