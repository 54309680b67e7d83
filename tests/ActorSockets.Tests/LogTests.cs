using System.Net;
using Akka.Event;

namespace ActorSockets.Tests;

public sealed class LogTests() : ServerTest("DEBUG")
{
    [Fact]
    public async Task Whatever_happens_to_a_connection_is_logged_with_its_id()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnFailure(RestartPolicy.Restart(max: 1)), "logged");
        using var client = await ConnectAsync(server);
        await SendAsync(client, "crash\ncrash\n");

        var lines = new List<(LogLevel Level, string Text)>();
        await FishForMessageAsync<LogEvent>(
            e =>
            {
                lines.Add((e.LogLevel(), $"{e.Message}"));
                return $"{e.Message}".Contains("closed: ", StringComparison.Ordinal);
            },
            Deadline);

        var own = lines.Where(line => line.Text.StartsWith("[logged-1] ", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            [LogLevel.DebugLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel, LogLevel.InfoLevel], own.Select(line => line.Level));
        Assert.Equal($"[logged-1] connected: 127.0.0.1:{((IPEndPoint)client.Client.LocalEndPoint!).Port} on {server.Endpoints[0]}", own[0].Text);
        Assert.Equal("[logged-1] handler failed: asked to; restarted on the same socket", own[1].Text);
        Assert.Equal("[logged-1] handler failed: asked to; closed", own[2].Text);
        Assert.StartsWith($"[logged-1] closed: HandlerFailed; {AddressOf(client)} on {server.Endpoints[0]}, 12 bytes in, 0 out, 0 unsent; +0.", own[3].Text, StringComparison.Ordinal);
        Assert.Contains((LogLevel.InfoLevel, $"[logged] listens on {server.Endpoints[0]}, handlers run on actor-sockets.dispatchers.{Dispatcher}"), lines);
    }

    [Fact]
    public async Task What_the_error_hook_has_dealt_with_is_in_the_log_at_debug_level_only()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnError(_ => ValueTask.FromResult(ErrorDirective.Close)), "dealt");
        using var client = await ConnectAsync(server);
        await SendAsync(client, "crash\n");

        var failure = await FishForMessageAsync<LogEvent>(e => $"{e.Message}".StartsWith("[dealt-1] handler failed", StringComparison.Ordinal), Deadline);

        Assert.Equal((LogLevel.DebugLevel, "asked to"), (failure.LogLevel(), failure.Cause.Message));
    }
}
