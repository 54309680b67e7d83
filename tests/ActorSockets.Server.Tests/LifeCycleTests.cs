using System.Net;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests;

public class LifeCycleTests
{
    private const string Echo = """echo { handler = echo, listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"], drain-timeout = 1m }""";

    [Fact]
    public async Task The_ready_file_tells_the_process_and_the_bound_endpoints()
    {
        await using var server = await ServerProcess.StartAsync(Echo);
        var endpoint = server.Ready.GetProperty("endpoints")[0];

        Assert.Equal(server.Id, server.Ready.GetProperty("pid").GetInt32());
        Assert.Equal(2, server.Ready.GetProperty("endpoints").GetArrayLength());
        Assert.Equal("echo", endpoint.GetProperty("server").GetString());
        Assert.Equal("tcp://127.0.0.1:0", endpoint.GetProperty("listen").GetString());
        Assert.Equal($"tcp://127.0.0.1:{server.Port("echo")}", endpoint.GetProperty("bound").GetString());

        Assert.True(File.Exists(server.ReadyFile));
        server.Signal(ServerProcess.SigTerm);
        await server.EndAsync();
        Assert.False(File.Exists(server.ReadyFile));
    }

    [Theory]
    [InlineData(ServerProcess.SigTerm)]
    [InlineData(ServerProcess.SigInt)]
    public async Task A_signal_ends_an_idle_server_with_0_after_it_has_printed_its_table(int signal)
    {
        await using var server = await ServerProcess.StartAsync(Echo);
        var (tcp, udp) = (server.Port("echo"), server.Port("echo", "udp"));
        server.Signal(signal);
        var result = await server.EndAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.Contains($"tcp://127.0.0.1:{tcp}", result.Output, StringComparison.Ordinal);
        Assert.Contains($"nc 127.0.0.1 {tcp}", result.Output, StringComparison.Ordinal);
        Assert.Contains($"nc -u 127.0.0.1 {udp}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_line_of_the_log_looks_the_same_up_to_the_last()
    {
        await using var server = await ServerProcess.StartAsync(Echo);
        server.Signal(ServerProcess.SigTerm);
        var lines = (await server.EndAsync()).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("] stopped: 0 drained", lines[^1], StringComparison.Ordinal);
        Assert.All(
            lines.Where(line => line.Contains("[echo]", StringComparison.Ordinal)),
            line => Assert.Matches(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO  \[echo\] [a-z]", line));
    }

    [Fact]
    public async Task What_configures_other_hosts_does_not_configure_this_one()
    {
        var directory = new TempDirectory();
        directory.Write("appsettings.json", """{ "ActorSockets": { "Servers": { "nosuch": { "NoSuchKey": 1 } } } }""");
        var config = directory.Write("test.conf", $"actor-sockets.servers {{\n{Echo}\n}}");

        await using var server = await ServerProcess.StartAsync(directory, directory.Path, [Build.ServerAssembly, "--config", config]);

        Assert.Equal("x", await StreamClient.ExchangeAsync(server.Port("echo"), "x"));
    }

    [Fact]
    public async Task A_draining_server_answers_its_clients_and_refuses_new_ones()
    {
        await using var server = await ServerProcess.StartAsync(Echo);
        using var client = await StreamClient.ConnectAsync(server.Port("echo"));
        await client.SendAsync("before");
        Assert.Equal("before", await client.ReadTextAsync(6));

        server.Signal(ServerProcess.SigTerm);
        await Deadline.UntilAsync("new clients are refused", () => StreamClient.IsRefusedAsync(server.Port("echo")));
        await client.SendAsync("after");
        Assert.Equal("after", await client.ReadTextAsync(5));
        client.FinishSending();

        Assert.Empty(await client.ReadToEndAsync());
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_client_that_never_finishes_is_cut_at_the_drain_timeout()
    {
        await using var server = await ServerProcess.StartAsync("""echo { handler = echo, listen = ["tcp://127.0.0.1:0"], drain-timeout = 500ms }""");
        using var client = await StreamClient.ConnectAsync(server.Port("echo"));
        await client.SendAsync("x");
        await client.ReadAsync(1);
        server.Signal(ServerProcess.SigTerm);

        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("1h", 3600)]
    [InlineData("60d", 5_184_000)]
    [Proves("a second signal, kill -9, the machine", "all connections")]
    public async Task A_second_signal_does_not_wait_for_clients_however_long_the_drain(string drain, int seconds)
    {
        await using var server = await ServerProcess.StartAsync($$"""echo { handler = echo, listen = ["tcp://127.0.0.1:0"], drain-timeout = {{drain}} }""");
        using var client = await StreamClient.ConnectAsync(server.Port("echo"));
        Assert.True(await client.EchoesAsync());
        server.Signal(ServerProcess.SigTerm);
        await server.SaysAsync($"[echo] stopping: 1 connections and datagram peers have {seconds} s to finish");
        await Deadline.UntilAsync("new clients are refused", () => StreamClient.IsRefusedAsync(server.Port("echo")));

        // The drain waits for this client, and would for so long.
        Assert.True(await client.EchoesAsync());
        Assert.Equal((false, 0), (server.HasExited, server.Count("[echo] stopped")));
        server.Signal(ServerProcess.SigTerm);

        Assert.Equal(0, (await server.EndAsync()).ExitCode);
        Assert.False(await client.EchoesAsync());
    }

    [Fact]
    public async Task A_server_starts_again_on_the_port_that_it_just_left()
    {
        int port;
        await using (var first = await ServerProcess.StartAsync("""hello { handler = hello, listen = ["tcp://127.0.0.1:0"] }"""))
        {
            port = first.Port("hello");
            Assert.Equal("hello world\n", await StreamClient.ExchangeAsync(port, ""));
            first.Signal(ServerProcess.SigTerm);
            Assert.Equal(0, (await first.EndAsync()).ExitCode);
        }

        await using var second = await ServerProcess.StartAsync($$"""hello { handler = hello, listen = ["tcp://127.0.0.1:{{port}}"] }""");
        Assert.Equal("hello world\n", await StreamClient.ExchangeAsync(port, ""));
    }

    [Fact]
    public async Task An_escalated_failure_drains_the_other_servers_and_exits_with_1()
    {
        await using var server = await ServerProcess.StartAsync(
            Echo + "\n" + """counter { handler = counter, listen = ["tcp://127.0.0.1:0"], restart { on-failure = escalate } }""");
        using var client = await StreamClient.ConnectAsync(server.Port("echo"));
        await client.SendAsync("x");
        await client.ReadAsync(1);
        await StreamClient.ExchangeIgnoringResetAsync(server.Port("counter"), "crash\n");
        await Deadline.UntilAsync("new clients are refused", () => StreamClient.IsRefusedAsync(server.Port("echo")));
        await client.SendAsync("drained");
        Assert.Equal("drained", await client.ReadTextAsync(7));
        client.FinishSending();

        var result = await server.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("'counter'", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task An_endpoint_that_is_taken_is_named_and_the_exit_code_is_1(string scheme)
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var taken = scheme == "tcp" ? tcp : udp;
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (scheme == "tcp")
        {
            taken.Listen();
        }

        var endpoint = $"{scheme}://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}";
        var result = await ServerProcess.RunWithAsync(
            $$"""
            actor-sockets.servers {
              a-good-one { handler = echo, listen = ["tcp://127.0.0.1:0"] }
              taken { handler = echo, listen = ["{{endpoint}}"] }
            }
            """);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(endpoint, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("nc 127.0.0.1", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Output, StringComparison.Ordinal);
    }
}
