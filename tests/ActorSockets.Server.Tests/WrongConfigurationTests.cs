using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

public class WrongConfigurationTests
{
    private const string Prefix = "actor-sockets.servers.s.";

    [Theory]
    [InlineData("handler = nosuch", "handler", "'nosuch'")]
    [InlineData("handler = null", "handler", "handler")]
    [InlineData("handler = \"No.Such.Type, NoSuchAssembly\"", "handler", "No.Such.Type")]
    [InlineData("handler = \"System.String, System.Private.CoreLib\"", "handler", "System.String")]
    [InlineData("listen = [\"tcp://127.0.0.1\"]", "listen", "tcp://127.0.0.1")]
    [InlineData("listen = [\"sctp://127.0.0.1:0\"]", "listen", "sctp://127.0.0.1:0")]
    [InlineData("listen = [\"tcp://127.0.0.1:70000\"]", "listen", "70000")]
    [InlineData("listen = []", "listen", "listen")]
    [InlineData("handler = hello, listen = [\"udp://127.0.0.1:0\"]", "handler", "udp://127.0.0.1:0")]
    [InlineData("handler = chargen, listen = [\"udp://127.0.0.1:0\"]", "handler", "amplifier")]
    [InlineData("max-conections = 5", "max-conections", "max-conections")]
    [InlineData("max-connections = many", "max-connections", "max-connections")]
    [InlineData("max-connections = -1", "max-connections", "max-connections")]
    [InlineData("idle-timeout = soon", "idle-timeout", "idle-timeout")]
    [InlineData("drain-timeout = -1s", "drain-timeout", "drain-timeout")]
    [InlineData("overflow = drop", "overflow", "drop")]
    [InlineData("driver = nosuch", "driver", "nosuch")]
    [InlineData("restart { on-failure = panic }", "restart.on-failure", "panic")]
    [InlineData("restart { on-failure = restart, max = some }", "restart.max", "restart.max")]
    [InlineData("restart { on-failure = restart, backoff = 1s }", "restart.backoff", "restart.backoff")]
    public async Task A_wrong_setting_is_named(string setting, string key, string detail)
    {
        var result = await ServerProcess.RunWithAsync(
            $$"""
            actor-sockets.servers.s { handler = echo, listen = ["tcp://127.0.0.1:0"] }
            actor-sockets.servers.s { {{setting}} }
            """);

        AssertRefused(result, Prefix + key);
        Assert.Contains(detail, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actor-sockets { severs { } }", "actor-sockets.severs")]
    [InlineData("actor-sockets { servers { } }", "actor-sockets.servers")]
    [InlineData("", "actor-sockets.servers")]
    [InlineData("actor-sockets { plugins = [\"nosuch.dll\"], servers.s { handler = echo, listen = [\"tcp://127.0.0.1:0\"] } }", "actor-sockets.plugins")]
    [InlineData("actor-sockets { servers { s { handler = [", "test.conf")]
    [InlineData("actor-sockets { servers { s { listen = [\"tcp://127.0.0.1:0\" handler = echo } } }", "line 1")]
    [InlineData("actor-sockets { servers { s { handler = \"echo } } }", "line 1")]
    [InlineData("actor-sockets { servers { s { handler = ${nosuch} } } }", "nosuch")]
    [InlineData("a = ${b}\nb = ${a}\nactor-sockets { servers { s { handler = echo, backlog = ${a} } } }", "leads back to itself")]
    [InlineData("actor-sockets.defaults.backlog = ${actor-sockets.defaults.backlog}", "leads back to itself")]
    [InlineData("actor-sockets { servers { s = ${actor-sockets.servers} } }", "leads back to itself")]
    [InlineData("actor-sockets { servers { s { handler = echo\nhandler = ${?NOSUCH} } } }", "line 2: optional substitutions")]
    [InlineData("actor-sockets.servers.s { restart { max = 3 }, handler = echo }", "line 1: no comma may follow '}'")]
    [InlineData("include \"other.conf\"\nactor-sockets { }", "line 1: include is not supported")]
    [InlineData("actor-sockets { servers { s { handler = echo, listen = [tcp://127.0.0.1:0] } } }", "line 1: '//' begins a comment")]
    [InlineData("actor-sockets { plugins = [null], servers.s { handler = echo, listen = [\"tcp://127.0.0.1:0\"] } }", "actor-sockets.plugins")]
    [InlineData("a = [[[[[[[[[[ [[[[[[[[[[ [[[[[[[[[[ [[[[[[[[[[ [[[[[[[[[[\n[[[[[[[[[[ [[[[[[[[[[ [[[[[[[[[[ [[[[[[[[[[ [[[[[[[[[[ [", "line 2: more than 100 brackets are open")]
    [InlineData("akka.io.udp.direct-buffer-pool.buffer-size = 512\nactor-sockets { servers.s { handler = echo, listen = [\"udp://127.0.0.1:0\"] } }", "akka.io.udp.buffer-pool")]
    [InlineData("akka.coordinated-shutdown.phases.service-requests-done.timeout = 3s\nactor-sockets { servers.s { handler = echo, drain-timeout = 10s, listen = [\"tcp://127.0.0.1:0\"] } }", "service-requests-done.timeout")]
    public async Task A_wrong_file_is_refused(string config, string named) =>
        AssertRefused(await ServerProcess.RunWithAsync(config), named);

    [Theory]
    [InlineData("akka.loglevel = FOO", "akka.loglevel = FOO is not a log level; there are debug, info, warning, error, off")]
    [InlineData("akka.loglevel = \"\"", "akka.loglevel is not a log level")]
    [InlineData("akka.loglevel { on = debug }", "akka.loglevel is not a log level")]
    [InlineData("akka.stdout-loglevel = loud", "akka.stdout-loglevel = loud is not a log level")]
    [InlineData("akka = 5", "akka must be a section, as in akka { … }")]
    [InlineData("akka.io.tcp = fast", "akka.io.tcp must be a section, as in akka.io.tcp { … }")]
    [InlineData("actor-sockets.dispatchers = 5", "actor-sockets.dispatchers must be a section")]
    [InlineData("actor-sockets.dispatchers.thread-pool = 5", "actor-sockets.dispatchers.thread-pool must be a section")]
    [InlineData("actor-sockets.mailbox = 5", "actor-sockets.mailbox must be a section")]
    public async Task What_is_wrong_beside_the_servers_is_named_by_run_and_by_check(string line, string why)
    {
        var config = $$"""actor-sockets.servers.s { handler = echo, listen = ["tcp://127.0.0.1:0"] }{{"\n"}}{{line}}""";

        AssertRefused(await ServerProcess.RunWithAsync(config), why);
        AssertRefused(await ServerProcess.RunWithAsync(config, "check"), why);
    }

    [Fact]
    public async Task A_file_that_does_not_exist_is_named() =>
        AssertRefused(await ServerProcess.RunAsync("run", "--config", "/nonexistent/my.conf"), "/nonexistent/my.conf");

    [Theory]
    [InlineData("")]
    [InlineData("/nonexistent/ready.json")]
    [InlineData("/tmp")]
    public async Task A_ready_file_that_cannot_be_is_named(string path) =>
        AssertRefused(await ServerProcess.RunAsync("run", "--ready-file", path), $"--ready-file: '{path}'");

    [Theory]
    [InlineData("my thesis")]
    [InlineData("")]
    [InlineData("{ \"pid\": 1 }")]
    public async Task A_file_that_is_no_ready_file_is_left_alone(string content)
    {
        using var directory = new TempDirectory();
        var path = directory.Write("precious.txt", content);

        AssertRefused(await ServerProcess.RunAsync("run", "--ready-file", path), $"--ready-file: '{path}'");

        Assert.Equal(content, await File.ReadAllTextAsync(path));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("handlers")]
    public async Task An_option_before_the_command_that_would_be_ignored_is_refused(string command) =>
        AssertRefused(await ServerProcess.RunAsync("--config", "/nonexistent/my.conf", command), "--config");

    [Fact]
    public async Task An_empty_file_name_is_refused() => AssertRefused(await ServerProcess.RunAsync("check", "--config", ""), "--config");

    [Fact]
    public async Task An_unknown_log_level_is_refused() => AssertRefused(await ServerProcess.RunAsync("--log-level", "loud"), "--log-level");

    [Theory]
    [InlineData("--event-loop", "maybe")]
    [InlineData("run", "--event-loop=ON")]
    [InlineData("check", "--event-loop=")]
    public async Task A_wrong_choice_about_the_event_loop_is_refused(params string[] arguments) =>
        AssertRefused(await ServerProcess.RunAsync(arguments), "--event-loop");

    [Fact]
    public async Task An_unknown_option_is_named() => AssertRefused(await ServerProcess.RunAsync("--confg", "my.conf"), "--confg");

    [Fact]
    public async Task Check_refuses_what_run_refuses() =>
        AssertRefused(
            await ServerProcess.RunWithAsync("actor-sockets.servers.s { handler = nosuch, listen = [\"tcp://127.0.0.1:0\"] }", "check"),
            Prefix + "handler");

    private static void AssertRefused(ServerProcess.Result result, string named)
    {
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(result.Output);
    }
}
