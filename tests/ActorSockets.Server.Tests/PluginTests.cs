using System.Text.RegularExpressions;
using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>This assembly is the plugin.</summary>
public class PluginTests
{
    private static readonly string Plugins = $"plugins = [\"{typeof(PluginTests).Assembly.Location}\"]";

    [Fact]
    public async Task A_handler_of_a_plugin_serves()
    {
        await using var server = await ServerProcess.StartAsync(Server<ShoutHandler>("tcp"), Plugins);

        Assert.Equal("ONE\nTWO\n", await StreamClient.ExchangeAsync(server.Port("mine"), "one\ntwo\n"));
    }

    [Theory]
    [InlineData(1, "300ms")]
    [InlineData(2, "1h")]
    public async Task A_handler_that_blocks_its_thread_does_not_keep_the_program_from_its_end(int signals, string drainTimeout)
    {
        await using var server = await ServerProcess.StartAsync(Server<BlockingHandler>("tcp", $"drain-timeout = {drainTimeout}"), Plugins);
        using var client = await StreamClient.ConnectAsync(server.Port("mine"));
        Assert.Equal("blocking\n", await client.ReadTextAsync(9));
        for (var i = 0; i < signals; i++)
        {
            server.Signal(ServerProcess.SigTerm);
            await Deadline.UntilAsync("new clients are refused", () => StreamClient.IsRefusedAsync(server.Port("mine")));
        }

        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Handlers_that_block_all_threads_do_not_keep_a_second_signal_from_the_end_nor_the_ready_file_there()
    {
        await using var server = await ServerProcess.StartAsync(Server<BlockingHandler>("tcp", "drain-timeout = 1h"), Plugins);
        using var first = await StreamClient.ConnectAsync(server.Port("mine"));
        Assert.Equal("blocking\n", await first.ReadTextAsync(9));
        var others = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => StreamClient.ConnectAsync(server.Port("mine"))));

        await Deadline.UntilAsync("it ends", () =>
        {
            server.Signal(ServerProcess.SigTerm);
            return Task.FromResult(server.HasExited);
        });

        Assert.Equal(0, (await server.EndAsync()).ExitCode);
        Assert.False(File.Exists(server.ReadyFile));
        Array.ForEach(others, other => other.Dispose());
    }

    [Fact]
    public async Task A_stream_handler_of_a_plugin_is_refused_for_datagrams()
    {
        var result = await RunAsync(Server<ShoutHandler>("udp"), "check");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("udp://127.0.0.1:0", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    public async Task A_handler_that_asks_for_what_the_program_does_not_have_is_refused(string command)
    {
        var result = await RunAsync(Server<ClosedHandler>("tcp"), command);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Equal(
            $"actor-sockets: actor-sockets.servers.mine.handler: {typeof(ClosedHandler)} cannot be made: its constructor needs System.String, which is not registered",
            result.Error.TrimEnd());
    }

    [Fact]
    public async Task An_abstract_class_is_refused()
    {
        var result = await RunAsync(Server<AbstractHandler>("tcp"), "check");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"actor-sockets.servers.mine.handler: {typeof(AbstractHandler)} cannot be made: it needs a public constructor", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_is_given_a_logger_whose_lines_look_as_all_others_do()
    {
        await using var server = await ServerProcess.StartAsync(Server<LoggingHandler>("tcp"), Plugins);

        Assert.Equal("logged\n", await StreamClient.ExchangeAsync(server.Port("mine"), ""));
        server.Signal(ServerProcess.SigTerm);
        var lines = (await server.EndAsync()).Output.Split('\n');

        Assert.DoesNotContain(lines, line => line.Contains("tells details", StringComparison.Ordinal));
        Assert.Single(lines, line => LogLine("INFO ", "says hello").IsMatch(line));
        var error = Assert.Single(lines, line => LogLine("ERROR", "makes trouble").IsMatch(line));
        Assert.Equal("System.InvalidOperationException: trouble", lines[Array.IndexOf(lines, error) + 1]);
    }

    [Fact]
    public async Task The_log_level_holds_for_the_loggers_of_handlers()
    {
        var directory = new TempDirectory();
        var config = directory.Write("test.conf", $"actor-sockets {{\n{Plugins}\nservers {{ {Server<LoggingHandler>("tcp")} }}\n}}");
        await using var server = await ServerProcess.StartAsync(directory, directory.Path, [Build.ServerAssembly, "--config", config, "--log-level", "error"]);

        await StreamClient.ExchangeAsync(server.Port("mine"), "");
        server.Signal(ServerProcess.SigTerm);
        var output = (await server.EndAsync()).Output;

        Assert.DoesNotContain("says hello", output, StringComparison.Ordinal);
        Assert.Contains("makes trouble", output, StringComparison.Ordinal);
    }

    private static Regex LogLine(string level, string message) =>
        new($@"\A\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {level} \[{Regex.Escape(typeof(LoggingHandler).FullName!)}\] {message}\z");

    private static Task<ServerProcess.Result> RunAsync(string server, string command) =>
        ServerProcess.RunWithAsync($"actor-sockets {{\n{Plugins}\nservers {{ {server} }}\n}}", command);

    private static string Server<T>(string scheme, string more = "") =>
        $$"""mine { handler = "{{typeof(T).FullName}}, {{typeof(T).Assembly.GetName().Name}}", listen = ["{{scheme}}://127.0.0.1:0"], {{more}} }""";
}
