using System.Net.Sockets;
using System.Text;
using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>Sockets that whoever starts the program has bound.</summary>
public class InheritedDescriptorTests
{
    [Fact]
    public async Task Every_descriptor_of_a_name_is_served_by_its_kind_and_shown_by_its_address()
    {
        var directory = new TempDirectory();
        await using var server = await StartAsync(
            directory,
            $"web=tcp:,web=unix:{directory.PathTo("s")},dns=udp:,dns=unixgram:{directory.PathTo("d")}",
            """
            web { handler = echo, listen = ["fd:web"] }
            udp { handler = echo, listen = ["fd:dns:1"] }
            unixgram { handler = echo, listen = ["fd:dns:2"] }
            """);

        Assert.Equal(
            [("fd:web:1", $"tcp://127.0.0.1:{server.Port("web")}"), ("fd:web:2", $"unix:{directory.PathTo("s")}"), ("fd:dns:1", $"udp://127.0.0.1:{server.Port("udp", "udp")}"), ("fd:dns:2", $"unixgram:{directory.PathTo("d")}")],
            server.Ready.GetProperty("endpoints").EnumerateArray().Select(endpoint => (endpoint.GetProperty("listen").GetString()!, endpoint.GetProperty("bound").GetString()!)));
        Assert.Equal("over tcp", await StreamClient.ExchangeAsync(server.Port("web"), "over tcp"));
        Assert.Equal("over unix", await ExchangeAsync(SocketType.Stream, directory.PathTo("s"), "over unix"));
        Assert.Equal("over unixgram", await ExchangeAsync(SocketType.Dgram, directory.PathTo("d"), "over unixgram", directory.PathTo("c")));
        using var client = new DatagramClient(server.Port("udp", "udp"));
        Assert.Equal("over udp", await client.ExchangeAsync("over udp"));

        server.Signal(ServerProcess.SigTerm);
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("web=tcp:,dns=udp:,dns=udp:", "fd:wbe", "cannot bind fd:wbe: no descriptor of this name was handed over; there is web, dns:1, dns:2")]
    [InlineData("web=tcp:", "fd:web:2", "cannot bind fd:web:2: no descriptor of this name was handed over; there is web")]
    [InlineData("web=accepted:", "fd:web", "does not listen, as the accepted connection that systemd hands over with Accept=yes")]
    [InlineData("web=bound:", "fd:web", "does not listen")]
    [InlineData("web=pipe:", "fd:web", "cannot bind fd:web: the descriptor is not a stream or datagram socket")]
    [InlineData("web=udp:", "tls+fd:web", "the descriptor is a datagram socket, which this endpoint cannot serve")]
    [InlineData("web=tcp:", "fd:web\", \"fd:web:1", "somebody listens there already")]
    public async Task A_descriptor_that_cannot_be_served_fails_the_start_with_the_reason(string sockets, string listen, string reason)
    {
        // Never read: the descriptor fails first.
        var certificate = listen.StartsWith("tls", StringComparison.Ordinal) ? "none.pem" : "";
        var result = await RunAsync(sockets, $$"""s { handler = echo, listen = ["{{listen}}"], tls.certificate = "{{certificate}}" }""");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_handler_that_does_not_fit_the_kind_of_descriptor_is_refused()
    {
        var result = await RunAsync("dns=udp:", """s { handler = hello, listen = ["fd:dns"] }""");

        Assert.Contains("actor-sockets.servers.s.handler: 'hello' cannot serve fd:dns", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Descriptors_that_are_for_another_process_are_not_taken()
    {
        var result = await RunAsync("web=tcp:", """s { handler = echo, listen = ["fd:web"] }""", process: "1");

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"cannot bind fd:web: nothing was handed over to this process, \d+: LISTEN_PID = 1 is another", result.Error);
    }

    [Fact]
    public async Task A_configuration_may_be_checked_where_nothing_is_handed_over()
    {
        var result = await ServerProcess.RunWithAsync("""actor-sockets.servers.s { handler = hello, listen = ["fd:web"] }""", "check");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("fd:web", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_connects_while_the_program_is_started_anew_is_served_by_the_next()
    {
        var directory = new TempDirectory();
        await using var server = await StartAsync(
            directory, $"web=tcp:,web=unix:{directory.PathTo("s")}", """web { handler = echo, listen = ["fd:web"] }""", times: 2);

        // The next one is ready before long, and then it is that one's.
        var ready = File.GetLastWriteTimeUtc(server.ReadyFile);
        server.Signal(ServerProcess.SigTerm);
        await Deadline.UntilAsync("it has stopped", () => Task.FromResult(File.GetLastWriteTimeUtc(server.ReadyFile) != ready));

        Assert.Equal("over tcp", await StreamClient.ExchangeAsync(server.Port("web"), "over tcp"));
        Assert.Equal("over unix", await ExchangeAsync(SocketType.Stream, directory.PathTo("s"), "over unix"));
    }

    [Fact]
    public async Task Who_connects_while_the_server_is_suspended_is_served_when_it_is_resumed()
    {
        var directory = new TempDirectory();
        await using var server = await StartAsync(
            directory,
            "web=tcp:",
            $$"""mine { handler = "{{typeof(SuspendingHandler).FullName}}, {{typeof(SuspendingHandler).Assembly.GetName().Name}}", listen = ["fd:web"] }""",
            $"plugins = [\"{typeof(SuspendingHandler).Assembly.Location}\"]");
        using var operatorClient = await StreamClient.ConnectAsync(server.Port("mine"));

        for (var i = 0; i < 3; i++)
        {
            await operatorClient.SendAsync("suspend\n");
            Assert.Equal("suspend\n", await operatorClient.ReadTextAsync(8));
            using var client = await StreamClient.ConnectAsync(server.Port("mine"));
            await client.SendAsync("served\n");
            await operatorClient.SendAsync("resume\n");
            Assert.Equal("resume\n", await operatorClient.ReadTextAsync(7));
            Assert.Equal("served\n", await client.ReadTextAsync(7));
        }
    }

    [Fact]
    public async Task TLS_is_served_on_a_descriptor()
    {
        var directory = new TempDirectory();
        var certificate = TestCertificate.Write(directory);
        await using var server = await StartAsync(directory, "web=tcp:", """web { handler = hello, listen = ["tls+fd:web"], tls.certificate = server.pem }""");

        Assert.Equal((certificate, "hello world\n"), await TestCertificate.ReadFromAsync(server.Port("web", "tls")));
    }

    [SkippableFact]
    public async Task Systemd_socket_activate_hands_over()
    {
        ExternalProgram.Require("systemd-socket-activate");
        var directory = new TempDirectory();
        var path = directory.PathTo("s");
        var config = directory.Write("test.conf", """actor-sockets.servers.web { handler = echo, listen = ["fd:web.socket"] }""");

        // It starts the program when somebody connects.
        var starting = ServerProcess.StartAsync(
            directory, directory.Path, ["--listen", path, "--fdname", "web.socket", "dotnet", Build.ServerAssembly, "--config", config], "systemd-socket-activate");
        await Deadline.UntilAsync("it listens", () => Task.FromResult(File.Exists(path) || starting.IsCompleted));
        var exchange = ExchangeAsync(SocketType.Stream, path, "by systemd");
        await using var server = await starting;

        Assert.Equal("by systemd", await exchange);
    }

    private static Task<ServerProcess> StartAsync(TempDirectory directory, string sockets, string servers, string others = "", int times = 1) =>
        ServerProcess.StartAsync(directory, directory.Path, Handover.Arguments(sockets, Write(directory, servers, others), times), Handover.Launcher);

    private static Task<ServerProcess.Result> RunAsync(string sockets, string servers, string process = "")
    {
        var directory = new TempDirectory();
        return ServerProcess.RunAsync(directory, Handover.Arguments(sockets, Write(directory, servers), process: process), Handover.Launcher);
    }

    private static string Write(TempDirectory directory, string servers, string others = "") =>
        directory.Write("test.conf", $"actor-sockets {{\n{others}\nservers {{\n{servers}\n}}\n}}\n");

    private static async Task<string> ExchangeAsync(SocketType type, string path, string text, string? own = null)
    {
        using var client = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        if (own is not null)
        {
            client.Bind(new UnixDomainSocketEndPoint(own));
        }

        await client.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Deadline.Long);
        await client.SendAsync(Encoding.UTF8.GetBytes(text)).WaitAsync(Deadline.Long);
        var answer = new byte[text.Length];
        for (var length = 0; length < answer.Length;)
        {
            length += await client.ReceiveAsync(answer.AsMemory(length)).AsTask().WaitAsync(Deadline.Long) is > 0 and var received ? received : throw new EndOfStreamException();
        }

        return Encoding.UTF8.GetString(answer);
    }
}
