using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>Where the program looks for the files that its configuration file names.</summary>
public class CertificatePathTests
{
    private const string Common = """handler = hello, listen = ["tls://127.0.0.1:0"]""";

    [Theory]
    [InlineData("servers.web { HANDLER, tls { certificate = server.pem } }")]
    [InlineData("servers.web { HANDLER }\ndefaults.tls.certificate = \"./server.pem\"")]
    [InlineData("defaults.tls.certificate = server.pem\nservers.web { HANDLER, tls.key = ${actor-sockets.defaults.tls.certificate} }")]
    [InlineData("servers.web { HANDLER, tls.certificate = \"ABSOLUTE\" }")]
    [InlineData("servers.web { HANDLER, tls.certificates = [ { certificate = server.pem, key = server.pem } ] }")]
    public async Task A_certificate_is_found_beside_the_configuration_file_from_any_working_directory(string config)
    {
        var directory = new TempDirectory();
        var certificate = TestCertificate.Write(directory);
        var file = directory.Write(
            "test.conf", $"actor-sockets {{ {config.Replace("HANDLER", Common, StringComparison.Ordinal).Replace("ABSOLUTE", directory.PathTo("server.pem"), StringComparison.Ordinal)} }}");
        await using var server = await ServerProcess.StartAsync(directory, "/", [Build.ServerAssembly, "--config", file]);

        Assert.Equal((certificate, "hello world\n"), await TestCertificate.ReadFromAsync(server.Port("web", "tls")));
    }

    [Theory]
    [InlineData("certificate = none.pem", "tls.certificate")]
    [InlineData("certificate = server.pem, client-ca = none.pem", "tls.client-ca")]
    [InlineData("certificate = server.pem, password-file = none.pem", "tls.password-file")]
    [InlineData("certificates = [ { certificate = server.pem, password-file = none.pem } ]", "tls.certificates[0].password-file")]
    public async Task One_that_is_not_there_is_named_by_its_key_and_whole_path(string tls, string key)
    {
        var directory = new TempDirectory();
        TestCertificate.Write(directory);
        var file = directory.Write("test.conf", $"actor-sockets.servers.web {{ {Common}, tls {{ {tls} }} }}");

        var result = await ServerProcess.RunAsync(directory, [Build.ServerAssembly, "--config", file], "dotnet");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{key} = {directory.PathTo("none.pem")}", result.Error, StringComparison.Ordinal);
    }
}
