using System.Diagnostics;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>SIGHUP has the program read its configuration again.</summary>
[Trait("Category", "Faults")]
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
    [InlineData("max-connections = many", "", "actor-sockets.servers.few.max-connections = many is not a whole number")]
    [InlineData("max-connections = 5, proxy-protocol.enabled = on", "", "server 'few': proxy-protocol.enabled = on needs proxy-protocol.trusted")]
    [InlineData("max-connections = 5 }", "", "is not valid HOCON")]
    [InlineData("max-connections = 5", "akka.loglevel = banana", "akka.loglevel = banana is not a log level; there are debug, info, warning, error, off")]
    [InlineData("max-connections = 5", "akka.loglevel = [ debug ]", "akka.loglevel is not a log level")]
    [InlineData("max-connections = 5", "akka.loglevel = \"\"", "akka.loglevel is not a log level")]
    [InlineData("max-connections = 5", "akka.stdout-loglevel = loud", "akka.stdout-loglevel = loud is not a log level")]
    [InlineData("max-connections = 5", "akka = 5", "akka must be a section, as in akka { … }")]
    [InlineData("max-connections = 5", "akka.actor = none", "akka.actor must be a section, as in akka.actor { … }")]
    [InlineData("max-connections = 5", "actor-sockets.dispatchers = 5", "actor-sockets.dispatchers must be a section, as in actor-sockets.dispatchers { … }")]
    [InlineData("max-connections = 5", "actor-sockets.dispatchers.blocking = 5", "actor-sockets.dispatchers.blocking must be a section")]
    [InlineData("max-connections = 5", "actor-sockets.mailbox = 5", "actor-sockets.mailbox must be a section, as in actor-sockets.mailbox { … }")]
    [InlineData("max-connections = 5", "actor-sockets.defaults = 5", "actor-sockets.defaults must be a section")]
    [InlineData("max-connections = 5", "actor-sockets.memory-budget = 1", "actor-sockets.memory-budget = 1 must be at least 1MiB")]
    [InlineData("max-connections = 5", "actor-sockets.plugins = [ \"nosuch.dll\" ]", "nosuch.dll' does not exist")]
    [InlineData("max-connections = 5", "actor-sockets.servers.other = 5", "actor-sockets.servers.other must be a section")]
    public async Task A_wrong_file_changes_nothing_and_says_why(string options, string more, string why)
    {
        var directory = new TempDirectory();
        var config = Write(directory, "max-connections = 1");
        await using var server = await StartAsync(directory, config);
        using var first = await StreamClient.ConnectAsync(server.Port("few"));
        Assert.True(await first.EchoesAsync());

        Write(directory, options, more);
        server.Signal(SigHup);

        await server.SaysAsync($"ERROR the configuration was read again from {config} and is wrong; nothing has changed: ");
        await server.SaysAsync(why);
        Assert.False(await StreamClient.IsServedAsync(server.Port("few")));
        Assert.True(await first.EchoesAsync());

        // What was refused is not counted among the versions, and a file that is right still comes through.
        Write(directory, "max-connections = 2");
        server.Signal(SigHup);
        await server.SaysAsync("INFO  [few] changed: max-connections; version 2 of its options");
        Assert.DoesNotContain("started next", await EndAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_gone_changes_nothing_and_says_so()
    {
        var directory = new TempDirectory();
        var config = Write(directory, "");
        await using var server = await StartAsync(directory, config);

        File.Delete(config);
        server.Signal(SigHup);

        await server.SaysAsync($"nothing has changed: the configuration file '{config}' does not exist");
        Assert.True(await StreamClient.IsServedAsync(server.Port("few")));
        await EndAsync(server);
    }

    [Fact]
    public async Task What_is_beside_the_servers_waits_for_the_next_start_and_is_named()
    {
        var directory = new TempDirectory();
        await using var server = await StartAsync(directory, Write(directory, "", "akka.log-dead-letters = off\nactor-sockets.memory-budget = 64MiB"));
        Write(directory, "", """
            akka { loglevel = WARNING, actor.debug.unhandled = on }
            akka.actor.serialization-bindings { "System.Object" = other }
            akka.log-config-on-start = off
            actor-sockets.memory-budget = 32MiB
            actor-sockets.dispatchers.blocking.thread-count = 8
            actor-sockets.defaults.backlog = 4096
            """);
        server.Signal(SigHup);

        // What is as Akka.NET or the library has it anyway has not changed, and what is gone has.
        await server.SaysAsync(
            "WARN  changed in the file, and in force when the program is started next: actor-sockets.dispatchers.blocking.thread-count, actor-sockets.memory-budget, "
            + "akka.actor.debug.unhandled, akka.actor.serialization-bindings.\"System.Object\", akka.log-dead-letters\n");
        await EndAsync(server);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_told()
    {
        var directory = new TempDirectory();
        await using var server = await StartAsync(directory, Write(directory, "", "akka.log-dead-letters = off\nactor-sockets { memory-budget = 64MiB\nplugins = [] }"));
        server.Signal(SigHup);

        await server.SaysAsync("INFO  the configuration was read again");
        Assert.DoesNotContain("started next", await EndAsync(server), StringComparison.Ordinal);
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

    [Fact]
    public async Task A_drain_takes_as_long_as_the_changed_file_says()
    {
        var directory = new TempDirectory();
        var config = Write(directory, "");
        await using var server = await StartAsync(directory, config);
        using var client = await StreamClient.ConnectAsync(server.Port("few"));
        Write(directory, "drain-timeout = 1h");
        server.Signal(SigHup);
        await server.SaysAsync("INFO  [few] changed: drain-timeout");

        // Well beyond what it was at the start, and what the program gives an end beside the drain.
        server.Signal(ServerProcess.SigTerm);
        await Deadline.UntilAsync("new clients are refused", () => StreamClient.IsRefusedAsync(server.Port("few")));
        for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(4);)
        {
            Assert.True(await client.EchoesAsync());
        }

        client.Dispose();
        var result = await server.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"\[few\] stopped: \d+ drained, 0 aborted", result.Output + result.Error);
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
