namespace ActorSockets.Server.Tests.Support;

/// <summary>One process that serves every built-in handler, and the counter under several policies.</summary>
public sealed class BuiltInServers : IAsyncLifetime
{
    private ServerProcess? _process;

    public ServerProcess Process => _process!;

    public async Task InitializeAsync() => _process = await ServerProcess.StartAsync(
        """
        echo { handler = echo, listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] }
        discard { handler = discard, listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] }
        daytime { handler = daytime, listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] }
        chargen { handler = chargen, listen = ["tcp://127.0.0.1:0"], idle-timeout = off }
        hello { handler = hello, listen = ["tcp://127.0.0.1:0"] }
        named-echo { handler = named-echo, listen = ["tcp://127.0.0.1:0"] }
        counter { handler = counter, listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] }
        counter-restart { handler = counter, listen = ["tcp://127.0.0.1:0"], restart { on-failure = restart } }
        counter-resume { handler = counter, listen = ["tcp://127.0.0.1:0"], restart { on-failure = resume } }
        counter-close { handler = counter, listen = ["tcp://127.0.0.1:0"], restart { on-failure = close } }
        counter-budget { handler = counter, listen = ["tcp://127.0.0.1:0"], restart { on-failure = restart, max = 2, within = 1h } }
        """);

    public async Task DisposeAsync() => await Process.DisposeAsync();
}
