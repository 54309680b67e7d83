using System.Collections.Concurrent;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>Handler classes that are named by type only, and the scope that each instance of them has.</summary>
public sealed class ActivationTests : ServerTest
{
    private readonly ConcurrentQueue<string> _log = new();
    private int _made;

    [Theory]
    [InlineData(typeof(CounterActor))]
    [InlineData(typeof(CounterHandler))]
    public async Task Each_instance_on_a_connection_has_a_scope_that_ends_with_it(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).ActivateWith(Scoped).Handle(handler));
        using (var client = await ConnectAsync(server))
        {
            await SendAsync(client, "crash\nb\n");
            await ExpectAsync(client, "1 b\n");
            await LoggedAsync("made 1", "ended 1", "made 2");
        }

        await LoggedAsync("made 1", "ended 1", "made 2", "ended 2");
    }

    [Fact]
    public async Task Each_instance_of_a_datagram_peer_has_a_scope_that_ends_with_it()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").ActivateWith(Scoped).Handle<CounterPeer>());
        using var client = OpenUdp(server);
        await client.SendAsync("crash"u8.ToArray());
        Assert.Equal("1 b", await ExchangeAsync(client, "b"));
        await LoggedAsync("made 1", "ended 1", "made 2");

        await server.StopAsync();

        await LoggedAsync("made 1", "ended 1", "made 2", "ended 2");
    }

    [Fact]
    public async Task Each_datagram_of_a_request_handler_has_a_scope_that_ends_with_it()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").ActivateWith(Scoped).Handle<EchoDatagrams>());
        using var client = OpenUdp(server);

        await client.SendAsync("crash"u8.ToArray());
        Assert.Equal("a", await ExchangeAsync(client, "a"));
        Assert.Equal("b", await ExchangeAsync(client, "b"));

        await LoggedAsync("made 1", "ended 1", "made 2", "ended 2", "made 3", "ended 3");
    }

    [Fact]
    public async Task A_handler_that_fails_in_Setup_and_resumes_is_replaced_and_its_scope_ends()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Resume()).ActivateWith(Scoped).Handle<SetupFailsOnce>());
        using var client = await ConnectAsync(server);

        Assert.Equal("set up", await ReadToEndAsync(client));

        client.Close();
        await LoggedAsync("made 1", "ended 1", "made 2", "ended 2");
    }

    [Fact]
    public async Task A_scope_does_not_end_while_the_code_of_its_handler_is_under_way()
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var server = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0")
            .ActivateWith(_ => () => new HandlerInstance(
                new StubbornHandler(begun, go.Task, _log), new Scope(() => _log.Enqueue("ended"))))
            .Handle<StubbornHandler>());
        using var client = await ConnectAsync(server);
        await begun.Task.WaitAsync(Deadline);

        await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline);
        Assert.Empty(_log);
        go.SetResult();

        await LoggedAsync("returned", "ended");
    }

    [Fact]
    public async Task A_scope_that_cannot_be_disposed_of_harms_nobody()
    {
        var server = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0")
            .ActivateWith(_ => () => new HandlerInstance(new CounterActor(), new Scope(() => throw new InvalidOperationException("disposing"))))
            .Handle<CounterActor>());
        for (var i = 0; i < 2; i++)
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
        }

        await ClosedAsync(server, CloseReason.PeerClosed, 2);
    }

    [Theory]
    [InlineData(typeof(NeedsText))]
    [InlineData(typeof(ConnectionActor))]
    public async Task A_class_that_cannot_be_made_is_refused_at_start(Type handler)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler)));

        Assert.Contains($"{handler} cannot be made: it needs a public constructor without parameters", error.Message, StringComparison.Ordinal);
    }

    private Func<HandlerInstance> Scoped(Type type) => () =>
    {
        var number = Interlocked.Increment(ref _made);
        _log.Enqueue($"made {number}");
        return new HandlerInstance(Activator.CreateInstance(type, nonPublic: true)!, new Scope(() => _log.Enqueue($"ended {number}")));
    };

    private Task LoggedAsync(params string[] expected) =>
        UntilAsync(() => _log.SequenceEqual(expected), string.Join(", ", expected), () => string.Join(", ", _log));

    private sealed class Scope(Action end) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            end();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class EchoDatagrams : DatagramRequestHandler
    {
        protected internal override Task HandleAsync()
        {
            if (Encoding.UTF8.GetString(Datagram.Data.Span) == "crash")
            {
                throw new InvalidOperationException("asked to");
            }

            Datagram.Reply(Datagram.Data);
            return Task.CompletedTask;
        }
    }

    private sealed class SetupFailsOnce : StreamRequestHandler
    {
        protected internal override Task SetupAsync() => Connection.Items.TryAdd("failed", true)
            ? throw new InvalidOperationException("the first time")
            : Task.CompletedTask;

        protected internal override Task HandleAsync() => Connection.SendAsync("set up").AsTask();
    }

    private sealed class StubbornHandler(TaskCompletionSource begun, Task go, ConcurrentQueue<string> log) : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            begun.SetResult();
            await go;
            log.Enqueue("returned");
        }
    }

    private sealed class NeedsText(string text) : StreamRequestHandler
    {
        protected internal override Task HandleAsync() => Connection.SendAsync(text).AsTask();
    }
}
