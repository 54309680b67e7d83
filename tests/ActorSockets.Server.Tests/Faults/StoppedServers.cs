using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>A program that is stopped (SIGSTOP) for twice as long as its timeouts, and clients that send all the time, or say in the stop what they have to say.</summary>
public sealed class StoppedServers : IAsyncLifetime
{
    private static readonly TimeSpan Stop = TimeSpan.FromSeconds(10);

    private readonly TempDirectory _directory = new();
    private readonly Dictionary<string, Task> _clients = [];
    private ServerProcess? _server;

    /// <summary>How each client fared.</summary>
    public Task ClientOf(string timeout) => _clients[timeout];

    /// <summary>All clients have gone, and each server has all of its own accounted for.</summary>
    public async Task BalancedAsync()
    {
        await Task.WhenAll(_clients.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var books = await Books.OpenAsync(_server!);
        foreach (var server in _server!.Servers.Where(server => server != "books"))
        {
            await books.BalancedAsync(server);
            Assert.NotEqual(0, (await books.ReadAsync(server)).Accepted);
        }
    }

    public async Task InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        TestCertificate.Write(_directory);
        var lines = $"handler = \"{typeof(ShoutHandler).FullName}, {typeof(ShoutHandler).Assembly.GetName().Name}\"";
        const string Tcp = """listen = ["tcp://127.0.0.1:0"]""";
        _server = await ServerProcess.StartAsync(
            $$"""
            idle-timeout { {{lines}}, {{Tcp}}, driver = native, idle-timeout = 5s }
            idle-timeout-akka-io { {{lines}}, {{Tcp}}, driver = akka-io, idle-timeout = 5s }
            first-byte-timeout { {{lines}}, {{Tcp}}, driver = native, first-byte-timeout = 5s }
            first-byte-timeout-akka-io { {{lines}}, {{Tcp}}, driver = akka-io, first-byte-timeout = 5s }
            read-timeout { {{lines}}, {{Tcp}}, driver = native, read-timeout = 5s }
            frame-timeout { {{lines}}, {{Tcp}}, driver = native, frame-timeout = 5s }
            frame-timeout-akka-io { {{lines}}, {{Tcp}}, driver = akka-io, frame-timeout = 5s }
            min-rate { {{lines}}, {{Tcp}}, driver = native, min-rate = 100 }
            write-stall-timeout { handler = chargen, {{Tcp}}, driver = native, write-stall-timeout = 5s, idle-timeout = off }
            write-stall-timeout-akka-io { handler = chargen, {{Tcp}}, driver = akka-io, write-stall-timeout = 5s, idle-timeout = off }
            handshake-timeout { {{lines}}, listen = ["tls://127.0.0.1:0"], tls { certificate = "{{_directory.PathTo("server.pem")}}", handshake-timeout = 5s } }
            header-timeout { {{lines}}, {{Tcp}}, driver = native, proxy-protocol { enabled = on, trusted = [ "127.0.0.1" ], header-timeout = 5s } }
            peer-timeout { handler = counter, listen = ["udp://127.0.0.1:0"], driver = native, datagram.peer-timeout = 5s }
            peer-timeout-akka-io { handler = counter, listen = ["udp://127.0.0.1:0"], driver = akka-io, datagram.peer-timeout = 5s }
            {{Books.Server}}
            """,
            Books.Plugin);

        // What is done for the first time takes longer; the handshake may not be slow for that.
        (await FrameClient.ConnectByTlsAsync(_server.Port("handshake-timeout", "tls"))).Dispose();
        var clients = new StoppedClients();
        Begin(clients.TalkAsync, "idle-timeout", "idle-timeout-akka-io", "min-rate");
        Begin(clients.SpeakLateAsync, "first-byte-timeout", "first-byte-timeout-akka-io", "read-timeout");
        Begin(clients.FinishLateAsync, "frame-timeout", "frame-timeout-akka-io");
        Begin(clients.ListenAsync, "write-stall-timeout", "write-stall-timeout-akka-io");
        Begin(clients.IntroduceLateAsync, "header-timeout");
        _clients["handshake-timeout"] = clients.ShakeHandsLateAsync(_server.Port("handshake-timeout", "tls"));
        foreach (var server in new[] { "peer-timeout", "peer-timeout-akka-io" })
        {
            _clients[server] = clients.CountAsync(_server.Port(server, "udp"));
        }

        _clients["newcomer"] = clients.ComeLateAsync(_server.Port("first-byte-timeout"));
        _clients["silent"] = clients.SayNothingAsync(_server.Port("idle-timeout"));
        await Deadline.UntilAsync("all clients are there", () => Task.FromResult(clients.Ready + _clients.Values.Count(client => client.IsCompleted) == _clients.Count));

        _server.Signal(ServerProcess.SigStop);
        clients.Stopped();
        await Task.Delay(Stop);
        _server.Signal(ServerProcess.SigCont);
        clients.Resumed();
    }

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_clients.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }

    private void Begin(Func<int, Task> client, params string[] servers)
    {
        foreach (var server in servers)
        {
            _clients[server] = client(_server!.Port(server));
        }
    }
}
