using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>One program with the <see cref="FaultShim"/> and an echo server of each way to accept.</summary>
public sealed class AcceptFaultServers : IAsyncLifetime
{
    private ServerProcess? _process;
    private FaultRules? _rules;
    private Books? _books;

    public ServerProcess Process => _process!;

    internal FaultRules Rules => _rules!;

    internal Books Books => _books!;

    /// <summary>Starts them, once; the test is skipped where that is not possible.</summary>
    public async Task StartAsync()
    {
        if (_process is null)
        {
            (_process, _rules) = await FaultRules.StartAsync(
                $$"""
                loop { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = native, dispatcher = event-loop }
                pool { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = native, dispatcher = thread-pool }
                akka { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = akka-io }
                {{Books.Server}}
                """,
                Books.Plugin);
            _books = await Books.OpenAsync(_process);
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _books?.Dispose();
        _rules?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
