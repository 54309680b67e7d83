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
    public async Task A_stream_handler_of_a_plugin_is_refused_for_datagrams()
    {
        var result = await CheckAsync(Server<ShoutHandler>("udp"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("udp://127.0.0.1:0", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_without_a_fitting_constructor_is_refused()
    {
        var result = await CheckAsync(Server<ClosedHandler>("tcp"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("actor-sockets.servers.mine.handler", result.Error, StringComparison.Ordinal);
        Assert.Contains("public constructor without parameters", result.Error, StringComparison.Ordinal);
    }

    private static Task<ServerProcess.Result> CheckAsync(string server) =>
        ServerProcess.RunWithAsync($"actor-sockets {{\n{Plugins}\nservers {{ {server} }}\n}}", "check");

    private static string Server<T>(string scheme, string more = "") =>
        $$"""mine { handler = "{{typeof(T).FullName}}, {{typeof(T).Assembly.GetName().Name}}", listen = ["{{scheme}}://127.0.0.1:0"], {{more}} }""";
}
