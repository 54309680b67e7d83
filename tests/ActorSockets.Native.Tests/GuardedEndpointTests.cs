using Akka.Event;

namespace ActorSockets.Tests;

/// <summary>No warning about endpoints where not everybody can connect, or nobody without TLS.</summary>
public sealed class GuardedEndpointTests() : TlsTest("INFO")
{
    [Fact]
    public async Task Nothing_is_said_of_TLS_of_a_Unix_socket_and_of_who_takes_proxies_only()
    {
        using var certificate = Issue("server", null, "localhost");
        var file = Write("server.pem", Pem(certificate));
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));

        await RunAsync(s => s.Listen("tls://0.0.0.0:0").Listen("tls://[::]:0").Configure(o => o.TlsCertificate = file));
        await RunAsync(s => s.Listen($"unix:{PathOf("guarded.sock")}"));
        await RunAsync(s => s.Listen("tcp://0.0.0.0:0").Configure(o => o.ProxyProtocolTrusted = ["10.0.0.0/8"]));
    }

    private async Task RunAsync(Action<SocketServerBuilder> configure)
    {
        var server = await StartAsync(s => configure(s.Handle<EchoActor>()), "guarded");
        await server.StopAsync();
        await FishForMessageAsync<LogEvent>(
            e =>
            {
                Assert.False(e is Warning, $"{e.Message}");
                return $"{e.Message}".StartsWith("[guarded] stopped: ", StringComparison.Ordinal);
            },
            Deadline);
    }
}
