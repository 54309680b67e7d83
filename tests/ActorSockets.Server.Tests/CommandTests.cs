using System.Net;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

public class CommandTests
{
    [Fact]
    public async Task Check_prints_the_built_in_configuration()
    {
        var result = await ServerProcess.RunAsync("check");

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.All(
            new[]
            {
                "tcp://127.0.0.1:8000", "tcp://127.0.0.1:8001", "tcp://127.0.0.1:7007", "udp://127.0.0.1:7007", "tcp://127.0.0.1:9009",
                "udp://127.0.0.1:9009", "tcp://127.0.0.1:1313", "udp://127.0.0.1:1313", "tcp://127.0.0.1:1919", "tcp://127.0.0.1:7070",
            },
            endpoint => Assert.Contains(endpoint, result.Output, StringComparison.Ordinal));
        Assert.Contains("restart (10 within 1m)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_binds_nothing()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var endpoint = $"tcp://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}";
        var result = await ServerProcess.RunWithAsync($$"""actor-sockets.servers.s { handler = echo, listen = ["{{endpoint}}"] }""", "check");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(endpoint, result.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("driver = native", "on", "event-loop")]
    [InlineData("driver = native", "off", "thread-pool")]
    [InlineData("driver = akka-io", "on", "thread-pool")]
    [InlineData("listen = [\"tcp://127.0.0.1:0\", \"unix:/tmp/never-bound.sock\"]", "on", "thread-pool")]
    [InlineData("dispatcher = blocking", "on", "blocking")]
    [InlineData("dispatcher = event-loop", "off", "event-loop")]
    public async Task Check_tells_the_dispatcher_which_the_configuration_chooses_before_the_command_line(string setting, string eventLoop, string dispatcher)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the event loop is the default on Linux only");
        var result = await ServerProcess.RunWithAsync(
            $$"""actor-sockets.servers.s { handler = echo, listen = ["tcp://127.0.0.1:0"]{{"\n"}}{{setting}} }""", "check", "--event-loop", eventLoop);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches($@"(?m)^s .* echo +{dispatcher} +close", result.Output);
    }

    [Fact]
    public async Task Explain_says_what_each_fault_costs_by_the_configuration_in_force()
    {
        var result = await ServerProcess.RunWithAsync(
            """
            actor-sockets.servers {
              first { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = native, max-connections = 7, overflow = wait, frame-timeout = 3s, write-stall-timeout = 4s
                      max-connections-per-address = 2, restart { on-failure = restart, max = 5, within = 2m } }
              second { handler = echo, listen = ["udp://127.0.0.1:0"], datagram.queue = 9 }
            }
            """,
            "explain");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] servers = result.Output.Split("second on ");
        Assert.StartsWith("first on tcp://127.0.0.1:0", servers[0], StringComparison.Ordinal);
        Assert.All(
            new[]
            {
                "one more than 7 connections +nothing +nobody: it waits +until one of them ends",
                @"a line or frame does not end +the connection +client: the end; OnClosed\(FrameTimeout\) +3s",
                @"a client does not read +the connection +client: reset; OnClosed\(SlowConsumer\); the log +4s without progress, or 1MiB unsent",
                "one more than 2 from an address +the new connection +client: the end; AddressFull +at once",
                "a handler throws more than 5 times in 2m +the connection",
                "all handlers together throw more than 10000 times in 1m +the connection",
                "the server's own actor ends +the server",
            },
            row => Assert.Matches(row, servers[0]));
        Assert.Matches("more than 9 datagrams of a peer wait, or 16MiB of all +the newest datagram +the books: QueueFull", servers[1]);
        Assert.DoesNotContain("a client resets", servers[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_are_listed_with_a_sentence_each()
    {
        var result = await ServerProcess.RunAsync("handlers");

        Assert.Equal(0, result.ExitCode);
        Assert.All(
            new[] { "echo", "discard", "daytime", "chargen", "hello", "named-echo", "counter" },
            name => Assert.Matches($@"(?m)^{name} .+\.\s*$", result.Output));
    }

    [Fact]
    public async Task Version_is_a_number()
    {
        var result = await ServerProcess.RunAsync("--version");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"\A\d+\.\d+\.\d+", result.Output);
    }

    [Fact]
    public async Task Help_names_commands_and_options()
    {
        var result = await ServerProcess.RunAsync("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.All(
            new[] { "run", "check", "explain", "handlers", "--config", "--ready-file", "--log-level", "--event-loop" },
            word => Assert.Contains(word, result.Output, StringComparison.Ordinal));
    }
}
