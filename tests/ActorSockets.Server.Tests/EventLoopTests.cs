using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

public class EventLoopTests
{
    private const string Pool = ".NET TP Worker";

    [SkippableTheory]
    [InlineData("driver = native", "actor-sockets-loop")]
    [InlineData("driver = native, dispatcher = thread-pool", Pool)]
    [InlineData("driver = akka-io", Pool)]
    [InlineData("driver = akka-io, dispatcher = event-loop", ".NET Sockets")]
    public async Task Handlers_run_on_the_threads_that_the_bytes_arrive_on_by_the_native_driver_unless_the_configuration_says_otherwise(string settings, string thread)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the event loop is the default on Linux only");

        await ExpectAsync(settings, thread);
    }

    [Theory]
    [InlineData("driver = native")]
    [InlineData("driver = akka-io")]
    public async Task Handlers_run_on_the_thread_pool_where_the_event_loop_is_declined(string settings) =>
        await ExpectAsync(settings, Pool, "--event-loop=off");

    [Theory]
    [InlineData("akka-io")]
    [InlineData("native")]
    public async Task A_handler_that_blocks_its_thread_holds_up_nobody_else_unless_the_configuration_asks_for_it(string driver)
    {
        var directory = new TempDirectory();
        var config = directory.Write("test.conf", $$"""
            actor-sockets {
              plugins = ["{{typeof(BlockingHandler).Assembly.Location}}"]
              defaults { driver = {{driver}} }
              servers.blocking { handler = "{{typeof(BlockingHandler).AssemblyQualifiedName}}", listen = ["tcp://127.0.0.1:0"] }
              servers.echo { handler = echo, listen = ["tcp://127.0.0.1:0"] }
            }
            """);
        await using var server = await ServerProcess.StartAsync(directory, directory.Path, [Build.ServerAssembly, "--config", config]);
        using var blocking = await StreamClient.ConnectAsync(server.Port("blocking"));
        await blocking.SendAsync("?\n");
        Assert.Equal("blocking\n", await blocking.ReadTextAsync("blocking\n".Length));

        using var client = await StreamClient.ConnectAsync(server.Port("echo"));
        await client.SendAsync("a\n");

        Assert.Equal("a\n", await client.ReadTextAsync(2));
    }

    private static async Task ExpectAsync(string settings, string thread, params string[] arguments)
    {
        var directory = new TempDirectory();
        var config = directory.Write("test.conf", $$"""
            actor-sockets {
              plugins = ["{{typeof(ThreadNameHandler).Assembly.Location}}"]
              servers.s { handler = "{{typeof(ThreadNameHandler).AssemblyQualifiedName}}", listen = ["tcp://127.0.0.1:0"], {{settings}} }
            }
            """);
        await using var server = await ServerProcess.StartAsync(directory, directory.Path, [Build.ServerAssembly, "--config", config, .. arguments]);
        using var client = await StreamClient.ConnectAsync(server.Port("s"));

        // What is compiled in the middle of a turn makes it too long, and its rest the pool's.
        await Deadline.UntilAsync($"a line comes to {thread}", async () =>
        {
            await client.SendAsync("?\n");
            return (await client.ReadTextAsync(ThreadNameHandler.Length)).TrimEnd() == thread;
        });
    }
}
