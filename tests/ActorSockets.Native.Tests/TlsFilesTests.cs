using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>What TLS files may hold, and what is said where they do not.</summary>
public sealed class TlsFilesTests : TlsTest
{
    [Theory]
    [InlineData("pfx", "secret\n")]
    [InlineData("pfx", "secret\r\nsomething else\n")]
    [InlineData("encrypted key", "secret")]
    [InlineData("plain key", "secret")]
    public async Task A_password_is_read_from_the_first_line_of_its_file(string kind, string text)
    {
        using var certificate = Issue("server");
        var server = await ServeAsync(o =>
        {
            o.TlsPasswordFile = Write("password", text);
            (o.TlsCertificate, o.TlsKey) = kind switch
            {
                "pfx" => (Write("server.pfx", certificate.Export(X509ContentType.Pkcs12, "secret")), ""),
                "encrypted key" => (Write("server.pem", certificate.ExportCertificatePem()), Write("server.key", KeyPem(certificate, "secret"))),
                _ => (Write("server.pem", certificate.ExportCertificatePem()), Write("server.key", KeyPem(certificate))),
            };
        });

        Assert.Equal("CN=server", await ShownAsync(server));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_that_a_certificate_is_signed_by_are_shown_with_it(bool isPkcs12)
    {
        using var between = Issue("between", Authority);
        using var certificate = Issue("server", between, "localhost");
        var server = await ServeAsync(o => o.TlsCertificate = isPkcs12
            ? Write("server.pfx", new X509Certificate2Collection { X509CertificateLoader.LoadCertificate(between.RawData), certificate }.Export(X509ContentType.Pkcs12)!)
            : Write("server.pem", Pem(certificate) + between.ExportCertificatePem()));
        var shown = new List<string>();

        using var client = await SecureAsync(server, tls => tls.RemoteCertificateValidationCallback = (_, leaf, chain, _) =>
        {
            shown.AddRange(chain!.ChainPolicy.ExtraStore.Select(each => each.Subject));
            return leaf!.Subject == "CN=server";
        });

        Assert.Contains("CN=between", shown);
    }

    [Theory]
    [InlineData("certificate", "garbage", "tls.certificate = {0}: there is no certificate in it")]
    [InlineData("certificate", "", "tls.certificate = {0}: there is no certificate in it")]
    [InlineData("certificate", "half", "tls.certificate = {0}: there is no certificate in it")]
    [InlineData("certificate", null, "tls.certificate = {0}: Could not find file")]
    [InlineData("key", "garbage", "tls.key = {0}: The key contents do not contain a PEM")]
    [InlineData("key", null, "tls.key = {0}: Could not find file")]
    [InlineData("key", "of another", "tls.key = {0}: the key is not the certificate's")]
    [InlineData("key", "encrypted", "tls.key = {0}: the key is encrypted, and there is no tls.password-file")]
    [InlineData("client-ca", "garbage", "tls.client-ca = {0}: there is no certificate in it")]
    [InlineData("client-ca", null, "tls.client-ca = {0}: Could not find file")]
    [InlineData("password-file", null, "tls.password-file = {0}: Could not find file")]
    public async Task A_file_that_cannot_be_used_fails_the_start_by_its_key_path_and_reason(string key, string? content, string message)
    {
        using var certificate = Issue("server");
        using var another = Issue("another");
        var good = certificate.ExportCertificatePem();
        var wrong = content switch
        {
            null => PathOf("nowhere"),
            "half" => Write("wrong", good[..(good.Length / 2)]),
            "of another" => Write("wrong", KeyPem(another)),
            "encrypted" => Write("wrong", KeyPem(certificate, "secret")),
            _ => Write("wrong", content),
        };

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => ServeAsync(o =>
        {
            o.TlsCertificate = key == "certificate" ? wrong : Write("server.pem", good);
            o.TlsKey = key == "key" ? wrong : Write("server.key", KeyPem(certificate));
            o.TlsClientCa = key == "client-ca" ? wrong : "";
            o.TlsPasswordFile = key == "password-file" ? wrong : "";
        }));

        Assert.Contains(string.Format(null, CompositeFormat.Parse(message), wrong), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pfx", "tls.certificates[0].certificate = ")]
    [InlineData("key", "tls.certificates[0].key = ")]
    public async Task A_wrong_password_fails_the_start_by_the_key_of_what_it_is_for(string kind, string message)
    {
        using var certificate = Issue("server");

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => ServeAsync(o => o.TlsCertificates = kind == "pfx"
            ? [new(Write("server.pfx", certificate.Export(X509ContentType.Pkcs12, "secret")), PasswordFile: Write("password", "wrong"))]
            : [new(Write("server.pem", certificate.ExportCertificatePem()), Write("server.key", KeyPem(certificate, "secret")), Write("password", "wrong"))]));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PKCS12_without_a_key_is_refused()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(Issue("server").RawData);

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => ServeAsync(o => o.TlsCertificate = Write("server.pfx", certificate.Export(X509ContentType.Pkcs12))));

        Assert.Contains("there is no certificate with a key in it", error.Message, StringComparison.Ordinal);
    }
}
