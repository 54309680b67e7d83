using Akka.Event;

namespace ActorSockets.Tests;

/// <summary>The warning about endpoints where anybody can connect.</summary>
public sealed class OpenEndpointTests() : ServerTest("INFO")
{
    [Theory]
    [InlineData("tcp://0.0.0.0:0")]
    [InlineData("tcp://[::]:0")]
    public async Task One_that_anybody_can_reach_is_named_in_one_warning_which_says_how_to_silence_it(string endpoint)
    {
        var (server, warnings) = await RunAsync(s => s.Listen("tcp://127.0.0.1:0").Listen(endpoint).Listen(endpoint));

        Assert.Equal(
            $"[open] anybody who reaches {server.Endpoints[1]}, {server.Endpoints[2]} can connect, and without TLS: "
                + "name networks in allow, which may be [\"0.0.0.0/0\", \"::/0\"] where everybody is meant, or listen on tls: or a loopback address",
            Assert.Single(warnings));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tcp://127.8.9.10:0")]
    [InlineData("tcp://[::1]:0")]
    [InlineData("udp://0.0.0.0:0")]
    [InlineData("tcp://0.0.0.0:0", "0.0.0.0/0", "::/0")]
    [InlineData("tcp://[::]:0", "10.0.0.0/8")]
    public async Task Nothing_is_said_of_one_that_is_guarded_or_open_on_purpose(string endpoint, params string[] allow)
    {
        var (_, warnings) = await RunAsync(s => s.Listen(endpoint).Configure(o => o.Allow = allow));

        Assert.Empty(warnings);
    }

    private async Task<(SocketServer Server, IReadOnlyList<string> Warnings)> RunAsync(Action<SocketServerBuilder> configure)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var server = await StartAsync(
            s =>
            {
                configure(s.Handle<EchoActor>());
                s.HandleDatagram(_ => Task.CompletedTask);
            },
            "open");
        await server.StopAsync();
        var warnings = new List<string>();
        await FishForMessageAsync<LogEvent>(
            e =>
            {
                if (e is Warning)
                {
                    warnings.Add($"{e.Message}");
                }

                return $"{e.Message}".StartsWith("[open] stopped: ", StringComparison.Ordinal);
            },
            Deadline);
        return (server, warnings);
    }
}
