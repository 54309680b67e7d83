using System.Diagnostics;
using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests;

public class EventLoopTests
{
    private const string Pool = ".NET TP Worker";

    // The watchdog takes two of its looks.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

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

    [SkippableFact]
    [Proves("a handler blocks its thread", "the log, which names the handler")]
    public async Task A_handler_that_blocks_where_the_configuration_asks_for_the_event_loop_is_named_by_akka_io_too()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the event loop is the default on Linux only");
        await using var server = await ServerProcess.StartAsync(
            $$"""blocking { handler = "{{typeof(LateBlockingHandler).AssemblyQualifiedName}}", listen = ["tcp://127.0.0.1:0"], driver = akka-io, dispatcher = event-loop }""",
            $"""plugins = ["{typeof(LateBlockingHandler).Assembly.Location}"]""");
        var clients = new List<StreamClient>();
        try
        {
            // What is compiled in the middle of a turn makes it too long, and its rest the pool's: then it is not the loop that is held, and the next one may.
            await Deadline.UntilAsync("a handler that blocks is named", async () =>
            {
                clients.Add(await StreamClient.ConnectAsync(server.Port("blocking")));
                await clients[^1].SendAsync("?\n");
                for (var asked = Stopwatch.StartNew(); !IsNamed() && asked.Elapsed < Patience;)
                {
                    await Task.Delay(PollInterval);
                }

                return IsNamed();
            });
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        bool IsNamed() => server.Count("its handler (LateBlockingHandler) holds the event loop for more than 100 ms") > 0;
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
