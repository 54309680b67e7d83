namespace ActorSockets;

/// <summary>The files of one certificate that a server can show: one of <c>tls.certificates</c>.</summary>
/// <param name="Certificate"><c>certificate</c>: the certificate: PEM, with those that it is signed by after it, or PKCS#12 (<c>.pfx</c>, <c>.p12</c>).</param>
/// <param name="Key"><c>key</c>: its key, PEM. Default empty: it stands in the certificate's file.</param>
/// <param name="PasswordFile"><c>password-file</c>: a file whose first line is the password of the PKCS#12 or of the encrypted key (PKCS#8). Default empty: there is none.</param>
public sealed record TlsCertificateFiles(string Certificate, string Key = "", string PasswordFile = "");
