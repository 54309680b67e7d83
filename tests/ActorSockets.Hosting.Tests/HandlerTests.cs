using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using ActorSockets.Hosting.Tests.Support;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ActorSockets.Hosting.Tests;

/// <summary>Handlers that the container makes. Each answers with the number of the scoped service that it got.</summary>
public sealed class HandlerTests
{
    [Theory]
    [InlineData(typeof(StreamHandler))]
    [InlineData(typeof(StreamActor))]
    public async Task Each_connection_has_a_scope_that_ends_with_it(Type handler)
    {
        await using var host = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler));
        var journal = host.Services.GetRequiredService<Journal>();
        using var one = await Client.ConnectAsync(host.Server);
        await one.SendAsync("a\n");
        await one.ExpectAsync("1 a\n");

        using (var two = await Client.ConnectAsync(host.Server))
        {
            await two.SendAsync("b\n");
            await two.ExpectAsync("2 b\n");
        }

        await journal.ExpectAsync("scope 1", "scope 2", "handler 2 ended", "scope 2 ended");
        await one.SendAsync("c\n");
        await one.ExpectAsync("1 c\n");
    }

    [Theory]
    [InlineData(typeof(StreamHandler))]
    [InlineData(typeof(StreamActor))]
    public async Task A_restart_brings_a_fresh_handler_in_a_fresh_scope(Type handler)
    {
        await using var host = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).Handle(handler));
        var journal = host.Services.GetRequiredService<Journal>();
        using var client = await Client.ConnectAsync(host.Server);

        await client.SendAsync("crash\nb\n");

        await client.ExpectAsync("2 b\n");
        await journal.ExpectInAnyOrderAsync("scope 1", "handler 1 ended", "scope 1 ended", "scope 2");
    }

    [Fact]
    public async Task A_handler_that_a_connection_goes_on_with_is_made_by_the_container_in_a_scope_of_its_own()
    {
        await using var host = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            await connection.ReadLineAsync();
            await connection.SwitchHandlerAsync<StreamHandler>();
        }));
        var journal = host.Services.GetRequiredService<Journal>();
        using (var client = await Client.ConnectAsync(host.Server))
        {
            await client.SendAsync("UPGRADE\na\n");
            await client.ExpectAsync("1 a\n");
        }

        await journal.ExpectAsync("scope 1", "handler 1 ended", "scope 1 ended");
    }

    [Fact]
    public async Task A_handler_that_the_container_cannot_make_is_refused_where_it_is_named()
    {
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(akka => akka.WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
            told.SetResult(await Record.ExceptionAsync(() => connection.SwitchHandlerAsync<StreamHandler>().AsTask())))));
        using var client = await Client.ConnectAsync(host.Server);

        var error = Assert.IsType<ArgumentException>(await told.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains($"its constructor needs {typeof(Numbered)}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_datagram_of_a_request_handler_has_a_scope()
    {
        await using var host = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<DatagramHandler>());

        Assert.Equal("1 a", await Client.ExchangeDatagramAsync(host.Server, "a"));
        Assert.Equal("2 b", await Client.ExchangeDatagramAsync(host.Server, "b"));

        await host.Services.GetRequiredService<Journal>().ExpectInAnyOrderAsync("scope 1", "scope 1 ended", "scope 2", "scope 2 ended");
    }

    [Fact]
    public async Task Each_datagram_actor_has_a_scope_that_ends_with_it()
    {
        await using var host = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<PeerActor>());
        Assert.Equal("1 a", await Client.ExchangeDatagramAsync(host.Server, "a"));
        Assert.Equal("2 b", await Client.ExchangeDatagramAsync(host.Server, "b"));

        await host.Server.StopAsync();

        await host.Services.GetRequiredService<Journal>().ExpectInAnyOrderAsync("scope 1", "scope 1 ended", "scope 2", "scope 2 ended");
    }

    [Theory]
    [InlineData("configure")]
    [InlineData("resolver")]
    public async Task A_class_that_only_the_container_can_make_is_named_like_any_other_in_every_overload(string overload)
    {
        await using var host = await TestHost.StartAsync(
            akka => _ = overload == "configure"
                ? akka.WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<StreamHandler>())
                : akka.WithSocketServer("test", (s, _, _, _) => s.Listen("tcp://127.0.0.1:0").Handle<StreamHandler>()),
            AddServices);
        using var client = await Client.ConnectAsync(host.Server);

        await client.SendAsync("a\n");

        await client.ExpectAsync("1 a\n");
    }

    [Fact]
    public async Task Keyed_services_and_defaults_of_parameters_are_understood()
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<KeyedHandler>()),
            builder => builder.Services.AddKeyedSingleton("greeting", "good morning"));
        using var client = await Client.ConnectAsync(host.Server);

        Assert.Equal("good morning!", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_service_that_is_missing_fails_the_start_by_name()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<StreamHandler>())));

        Assert.Contains($"{typeof(StreamHandler)} cannot be made: its constructor needs {typeof(Numbered)}, which is not registered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keyed_service_that_is_missing_fails_the_start_by_name()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<KeyedHandler>())));

        Assert.Contains($"{typeof(KeyedHandler)} cannot be made: its constructor needs {typeof(string)}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_constructor_that_is_marked_is_the_one_that_must_be_satisfied()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<MarkedHandler>())));

        Assert.Contains($"{typeof(MarkedHandler)} cannot be made: its constructor needs {typeof(Numbered)}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_constructors_that_are_equally_good_fail_the_start()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(
            akka => akka.WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<AmbiguousHandler>()), AddServices));

        Assert.Contains("2 of its constructors have 1 parameters; mark one with [ActivatorUtilitiesConstructor]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_that_is_registered_is_made_as_it_was_registered()
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<GreetingHandler>()),
            builder => builder.Services.AddTransient(_ => new GreetingHandler("good morning")));
        using var client = await Client.ConnectAsync(host.Server);

        Assert.Equal("good morning", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_class_that_is_registered_as_a_singleton_serves_one_connection_and_fails_the_next()
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<GreetingHandler>()),
            builder => builder.Services.AddSingleton(new GreetingHandler("good morning")));
        using var first = await Client.ConnectAsync(host.Server);
        Assert.Equal("good morning", await first.ReadToEndAsync());
        using var second = await Client.ConnectAsync(host.Server);

        Assert.Equal("", await second.ReadToEndAsync());
        await Deadline.UntilAsync(() => host.Server.Statistics.HandlerFailures == 1, "the failure is counted");
    }

    [Fact]
    public async Task A_class_that_nobody_can_make_fails_the_start()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("test", s => s.Listen("tcp://127.0.0.1:0").Handle<StreamRequestHandler>())));

        Assert.Contains($"{typeof(StreamRequestHandler)} cannot be made: it needs a public constructor, and must be neither abstract", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_constructor_that_throws_costs_its_connection_only_and_leaves_no_scope_behind()
    {
        await using var host = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<FailingHandler>());
        using var client = await Client.ConnectAsync(host.Server);

        Assert.Equal("", await client.ReadToEndAsync());

        await host.Services.GetRequiredService<Journal>().ExpectAsync("scope 1", "scope 1 ended");
        Assert.Equal(1, host.Server.Statistics.HandlerFailures);
    }

    private static Task<TestHost> StartAsync(Action<SocketServerBuilder> configure) =>
        TestHost.StartAsync(akka => akka.WithSocketServer("test", configure), AddServices);

    private static void AddServices(Microsoft.Extensions.Hosting.HostApplicationBuilder builder) =>
        builder.Services.AddSingleton<Journal>().AddScoped<Numbered>();

    private sealed class Journal
    {
        private int _scopes;

        private ConcurrentQueue<string> Lines { get; } = new();

        public int NextScope() => Interlocked.Increment(ref _scopes);

        public void Write(string line) => Lines.Enqueue(line);

        public Task ExpectAsync(params string[] lines) =>
            Deadline.UntilAsync(() => Lines.SequenceEqual(lines), string.Join(", ", lines), () => string.Join(", ", Lines));

        public Task ExpectInAnyOrderAsync(params string[] lines) => Deadline.UntilAsync(
            () => Lines.Order(StringComparer.Ordinal).SequenceEqual(lines.Order(StringComparer.Ordinal)), string.Join(", ", lines), () => string.Join(", ", Lines));
    }

    /// <summary>A scoped service that can be disposed of asynchronously only.</summary>
    private sealed class Numbered : IAsyncDisposable
    {
        public Numbered(Journal journal)
        {
            (Journal, Number) = (journal, journal.NextScope());
            Journal.Write($"scope {Number}");
        }

        public int Number { get; }

        public Journal Journal { get; }

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            Journal.Write($"scope {Number} ended");
        }
    }

    private sealed class GreetingHandler(string greeting) : StreamRequestHandler
    {
        protected override Task HandleAsync() => Connection.SendAsync(greeting).AsTask();
    }

    private sealed class MarkedHandler : StreamRequestHandler
    {
        public MarkedHandler()
        {
        }

        [ActivatorUtilitiesConstructor]
        public MarkedHandler(Numbered numbered) => _ = numbered;

        protected override Task HandleAsync() => Task.CompletedTask;
    }

    private sealed class AmbiguousHandler : StreamRequestHandler
    {
        public AmbiguousHandler(Numbered numbered) => _ = numbered;

        public AmbiguousHandler(Journal journal) => _ = journal;

        protected override Task HandleAsync() => Task.CompletedTask;
    }

    private sealed class StreamHandler(Numbered numbered) : StreamRequestHandler, IDisposable
    {
        public void Dispose() => numbered.Journal.Write($"handler {numbered.Number} ended");

        protected override async Task HandleAsync()
        {
            await foreach (var line in Connection.ReadLinesAsync())
            {
                if (line.ToString() == "crash")
                {
                    throw new InvalidOperationException("asked to");
                }

                await Connection.SendAsync($"{numbered.Number} {line}\n");
            }
        }
    }

    private sealed class StreamActor(Numbered numbered) : ConnectionActor, IDisposable
    {
        public void Dispose() => numbered.Journal.Write($"handler {numbered.Number} ended");

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            var reader = new SequenceReader<byte>(data);
            while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            {
                Advance(reader.Position);
                if (Encoding.UTF8.GetString(line) == "crash")
                {
                    throw new InvalidOperationException("asked to");
                }

                Connection.Output.Write(Encoding.UTF8.GetBytes($"{numbered.Number} {Encoding.UTF8.GetString(line)}\n"));
            }
        }
    }

    private sealed class DatagramHandler(Numbered numbered) : DatagramRequestHandler
    {
        protected override Task HandleAsync()
        {
            Output.Write(Encoding.UTF8.GetBytes($"{numbered.Number} {Encoding.UTF8.GetString(Datagram.Data.Span)}"));
            return Task.CompletedTask;
        }
    }

    private sealed class PeerActor(Numbered numbered) : DatagramActor
    {
        protected override void OnReceived(Datagram datagram) =>
            datagram.Reply(Encoding.UTF8.GetBytes($"{numbered.Number} {Encoding.UTF8.GetString(datagram.Data.Span)}"));
    }

    private sealed class KeyedHandler([FromKeyedServices("greeting")] string greeting, string end = "!") : StreamRequestHandler
    {
        protected override Task HandleAsync() => Connection.SendAsync(greeting + end).AsTask();
    }

    private sealed class FailingHandler : StreamRequestHandler
    {
        public FailingHandler(Numbered numbered) => throw new InvalidOperationException($"{numbered.Number}");

        protected override Task HandleAsync() => Task.CompletedTask;
    }
}
