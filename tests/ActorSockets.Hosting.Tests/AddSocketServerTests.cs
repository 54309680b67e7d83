using System.Collections.Concurrent;
using ActorSockets.Hosting.Tests.Support;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Hosting.Tests;

public sealed class AddSocketServerTests
{
    [Fact]
    public async Task One_call_brings_up_a_server_with_all_that_it_needs_and_the_host_stops_it()
    {
        await using var host = await TestHost.StartAsync(builder => builder.Services.AddSocketServer("hello", Hello));
        var server = host.Services.GetRequiredService<SocketServers>().Running.Single();

        using (var client = await Client.ConnectAsync(server))
        {
            Assert.Equal("hello world\n", await client.ReadToEndAsync());
        }

        await host.StopAsync();
        Assert.True(Client.IsRefused(server.Endpoints[0].Port));
        Assert.True(host.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task Several_servers_share_one_actor_system()
    {
        await using var host = await TestHost.StartAsync(builder =>
        {
            builder.Services.AddSocketServer("one", Hello);
            builder.Services.AddSocketServer("two", Hello);
        });

        Assert.Single(host.Services.GetServices<ActorSystem>());
        Assert.Equal(["one", "two"], host.Services.GetRequiredService<SocketServers>().Running.Select(server => server.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Services_are_there_while_a_server_is_configured_and_for_its_handlers()
    {
        await using var host = await TestHost.StartAsync(builder => builder.Services
            .AddSingleton("good morning\n")
            .AddSocketServer("hello", (s, services) => s
                .Listen("tcp://127.0.0.1:0")
                .Configure(options => options.MaxConnections = services.GetRequiredService<string>().Length)
                .Handle<Greeter>()));
        using var client = await Client.ConnectAsync(host.Server);

        Assert.Equal("good morning\n", await client.ReadToEndAsync());
        Assert.Equal(13, host.Server.MaxConnections);
    }

    [Fact]
    public async Task Settings_hold_and_wrong_ones_fail_the_start()
    {
        await using (var host = await TestHost.StartAsync(builder =>
        {
            builder.Add("""{ "ActorSockets": { "Servers": { "hello": { "MaxConnections": 7 } } } }""");
            builder.Services.AddSocketServer("hello", Hello);
        }))
        {
            Assert.Equal(7, host.Server.MaxConnections);
        }

        var error = await Assert.ThrowsAnyAsync<Exception>(() => TestHost.StartAsync(builder =>
        {
            builder.Add("""{ "ActorSockets": { "Servers": { "helo": { } , "hello": { "X": 1 } } } }""");
            builder.Services.AddSocketServer("hello", Hello);
        }));
        Assert.Contains("ActorSockets:Servers:hel", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_health_check_needs_one_word()
    {
        await using var host = await TestHost.StartAsync(builder => builder.Services.AddSocketServer("hello", Hello).WithHealthCheck());

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"));

        Assert.Equal((HealthStatus.Healthy, "actor-sockets.hello"), (report.Status, Assert.Single(report.Entries).Key));
    }

    [Fact]
    public async Task The_log_of_the_actor_system_is_the_log_of_the_host()
    {
        using var log = new CollectingProvider();
        await using (var host = await TestHost.StartAsync(builder =>
        {
            builder.Logging.AddProvider(log);
            builder.Services.AddSocketServer("hello", Hello);
        }))
        {
            await Deadline.UntilAsync(
                () => log.Lines.Any(line => line.Contains($"[hello] listens on {host.Server.Endpoints[0]}", StringComparison.Ordinal)),
                "the host's log tells where the server listens",
                () => string.Join("\n", log.Lines));
        }
    }

    [Theory]
    [InlineData(LogLevel.Trace, Akka.Event.LogLevel.DebugLevel)]
    [InlineData(LogLevel.Information, Akka.Event.LogLevel.InfoLevel)]
    [InlineData(LogLevel.Warning, Akka.Event.LogLevel.WarningLevel)]
    [InlineData(LogLevel.None, Akka.Event.LogLevel.ErrorLevel)]
    public async Task The_host_decides_how_much_is_logged(LogLevel host, Akka.Event.LogLevel system)
    {
        using var log = new CollectingProvider();
        await using var started = await TestHost.StartAsync(builder =>
        {
            builder.Logging.AddProvider(log).SetMinimumLevel(host);
            builder.Services.AddSocketServer("hello", Hello);
        });

        Assert.Equal(system, started.System.EventStream.LogLevel);
    }

    [Fact]
    public void A_host_with_an_actor_system_of_its_own_is_told_to_use_that()
    {
        var services = new ServiceCollection().AddAkka("mine", _ => { });

        var error = Assert.Throws<InvalidOperationException>(() => services.AddSocketServer("hello", Hello));

        Assert.Contains("add its socket servers there with WithSocketServer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_gets_an_actor_system_of_its_own_later_does_not_start()
    {
        var started = false;

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestHost.StartAsync(builder =>
        {
            builder.Services.AddSocketServer("hello", Hello);
            builder.Services.AddAkka("mine", akka => akka.AddStartup((_, _) => started = true));
        }));

        Assert.Contains("add its socket servers there with WithSocketServer", error.Message, StringComparison.Ordinal);
        Assert.False(started);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_bound_fails_the_start_by_name()
    {
        await using var other = await TestHost.StartAsync(builder => builder.Services.AddSocketServer("hello", Hello));
        var endpoint = other.Server.Endpoints[0].ToString();

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => TestHost.StartAsync(builder => builder.Services
            .AddSocketServer("late", s => s.Listen(endpoint).Handle(_ => Task.CompletedTask))));

        Assert.Contains($"server 'late' cannot bind {endpoint}", error.Message, StringComparison.Ordinal);
    }

    private static void Hello(SocketServerBuilder server) =>
        server.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync("hello world\n").AsTask());

    private sealed class Greeter(string greeting) : StreamRequestHandler
    {
        protected override Task HandleAsync() => Connection.SendAsync(greeting).AsTask();
    }

    private sealed class CollectingProvider : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
