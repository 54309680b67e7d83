using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>SIGHUP has the program read its configuration again.</summary>
public sealed class ReloadSignalTests
{
    private const int SigHup = 1;

    [Fact]
    public async Task A_changed_file_is_in_force_and_live_connections_go_on()
    {
        var directory = new TempDirectory();
        var config = Write(directory, "max-connections = 1");
        await using var server = await StartAsync(directory, config);
        using var first = await StreamClient.ConnectAsync(server.Port("few"));
        Assert.True(await first.EchoesAsync());
        Assert.False(await StreamClient.IsServedAsync(server.Port("few")));

        Write(directory, "max-connections = 2, backlog = 7", "akka.loglevel = DEBUG");
        server.Signal(SigHup);

        await Deadline.UntilAsync("one more is served", () => StreamClient.IsServedAsync(server.Port("few")));
        Assert.True(await first.EchoesAsync());
        var output = await EndAsync(server);
        Assert.Contains("INFO  the configuration was read again", output, StringComparison.Ordinal);
        Assert.Contains("INFO  [few] changed: max-connections", output, StringComparison.Ordinal);
        Assert.Contains("WARN  [few] changed in the file, and in force when the program is started next: backlog", output, StringComparison.Ordinal);
        Assert.Contains("DEBUG [few-", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max-connections = many", "actor-sockets.servers.few.max-connections = many is not a whole number")]
    [InlineData("max-connections = 5, proxy-protocol.enabled = on", "server 'few': proxy-protocol.enabled = on needs proxy-protocol.trusted")]
    [InlineData("max-connections = 5 }", "is not valid HOCON")]
    public async Task A_wrong_file_changes_nothing_and_says_why(string options, string why)
    {
        var directory = new TempDirectory();
        var config = Write(directory, "max-connections = 1");
        await using var server = await StartAsync(directory, config);
        using var first = await StreamClient.ConnectAsync(server.Port("few"));
        Assert.True(await first.EchoesAsync());

        Write(directory, options);
        server.Signal(SigHup);

        await server.SaysAsync("the configuration was read again and is wrong; nothing has changed: ");
        await server.SaysAsync(why);
        Assert.False(await StreamClient.IsServedAsync(server.Port("few")));
        Assert.True(await first.EchoesAsync());
        await EndAsync(server);
    }

    [Fact]
    public async Task What_is_another_server_or_endpoint_waits_for_the_next_start()
    {
        var directory = new TempDirectory();
        await using var server = await StartAsync(directory, Write(directory, ""));
        directory.Write("few.conf", """
            actor-sockets.servers.few { handler = discard, listen = [ "tcp://127.0.0.1:1" ] }
            actor-sockets.servers.more { handler = echo, listen = [ "tcp://127.0.0.1:0" ] }
            """);
        server.Signal(SigHup);

        await server.SaysAsync("WARN  [few] changed in the file, and in force when the program is started next: listen, handler");
        await server.SaysAsync("WARN  [more] is new in the file; servers begin and end when the program is started next");
        Assert.True(await StreamClient.IsServedAsync(server.Port("few")));
        await EndAsync(server);
    }

    private static string Write(TempDirectory directory, string options, string more = "") =>
        directory.Write("few.conf", $$"""actor-sockets.servers.few { handler = echo, listen = [ "tcp://127.0.0.1:0" ], drain-timeout = 100ms{{"\n"}}{{options}} }{{"\n"}}{{more}}""");

    private static Task<ServerProcess> StartAsync(TempDirectory directory, string config) =>
        ServerProcess.StartAsync(directory, directory.Path, [Build.ServerAssembly, "--config", config]);

    private static async Task<string> EndAsync(ServerProcess server)
    {
        server.Signal(ServerProcess.SigTerm);
        var result = await server.EndAsync();
        Assert.Equal(0, result.ExitCode);
        return result.Output + result.Error;
    }
}
