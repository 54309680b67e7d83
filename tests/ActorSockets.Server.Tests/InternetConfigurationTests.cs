using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>The sample of a server that faces the Internet, <c>config/internet.conf</c>.</summary>
public class InternetConfigurationTests
{
    private static readonly string Sample = Path.Combine(Build.RepositoryRoot, "config", "internet.conf");

    [Fact]
    public async Task It_is_right_as_it_stands()
    {
        var result = await ServerProcess.RunAsync("check", "--config", Sample);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("tls://[::]:7443", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_serves_by_TLS_with_a_certificate_beside_it()
    {
        var directory = new TempDirectory();
        var certificate = TestCertificate.Write(directory);
        File.Copy(directory.PathTo("server.pem"), directory.PathTo("server.key"));
        var config = directory.Write("internet.conf", (await File.ReadAllTextAsync(Sample))
            .Replace("[::]:7443", "127.0.0.1:0", StringComparison.Ordinal)
            .Replace("handler = counter", "handler = hello", StringComparison.Ordinal));

        await using var server = await ServerProcess.StartAsync(directory, "/", [Build.ServerAssembly, "--config", config]);

        Assert.Equal((certificate, "hello world\n"), await TestCertificate.ReadFromAsync(server.Port("internet", "tls")));
    }
}
