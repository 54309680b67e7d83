using System.Net;
using System.Net.Sockets;
using Akka.Event;
using Akka.TestKit.Xunit2;

namespace ActorSockets.Tests;

public sealed class LogTests() : TestKit("akka.loglevel = DEBUG, akka.stdout-loglevel = OFF")
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Whatever_happens_to_a_connection_is_logged_with_its_id()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var server = await Sys.SocketServers().StartAsync("logged", s => s
            .Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnFailure(RestartPolicy.Restart(max: 1)));
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port);
        await client.GetStream().WriteAsync("crash\ncrash\n"u8.ToArray());

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
            [LogLevel.DebugLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel, LogLevel.DebugLevel], own.Select(line => line.Level));
        Assert.Equal($"[logged-1] connected: {client.Client.LocalEndPoint} on {server.Endpoints[0]}", own[0].Text);
        Assert.Equal("[logged-1] handler failed: asked to; restarted on the same socket", own[1].Text);
        Assert.Equal("[logged-1] handler failed: asked to; closed", own[2].Text);
        Assert.Equal("[logged-1] closed: HandlerFailed", own[3].Text);
        Assert.Contains((LogLevel.InfoLevel, $"[logged] listens on {server.Endpoints[0]}"), lines);
    }
}
