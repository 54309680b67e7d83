using ActorSockets.Hosting.Tests.Support;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting.Tests;

public sealed class StopTests
{
    [Fact]
    public async Task A_drain_may_take_longer_than_other_phases_of_the_shutdown()
    {
        await using var host = await TestHost.StartAsync(akka => akka
            .AddHocon("akka.coordinated-shutdown.default-phase-timeout = 200ms", HoconAddMode.Prepend)
            .WithSocketServer("slow", s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
            {
                await connection.SendAsync("hello\n");
                await Task.Delay(Timeout.InfiniteTimeSpan, connection.ServerStopping).ContinueWith(_ => { }, TaskScheduler.Default);
                await Task.Delay(TimeSpan.FromSeconds(1));
                await connection.SendAsync("bye\n");
            })));
        var server = host.Server;
        using var client = await Client.ConnectAsync(server);
        await client.ExpectAsync("hello\n");

        var stopping = host.StopAsync();

        Assert.Equal("bye\n", await client.ReadToEndAsync());
        client.Dispose();
        await stopping;
        Assert.Equal(new StopReport(1, 0), await server.Completion.WaitAsync(Deadline.Length));
    }

    [Fact]
    public async Task A_server_refuses_clients_before_it_drains_and_cuts_at_the_deadline_whoever_is_left()
    {
        var phase = new TaskCompletionSource<bool>();
        var clients = 0;
        await using var host = await TestHost.StartAsync(akka => akka
            .WithSocketServer("stubborn", s => s
                .Listen("tcp://127.0.0.1:0")
                .Configure(options => options.DrainTimeout = TimeSpan.FromMilliseconds(100))
                .Handle(async connection =>
                {
                    // Later ones only found out whether they are refused.
                    if (Interlocked.Increment(ref clients) == 1)
                    {
                        await connection.SendAsync("hello\n");
                        await Task.Delay(Timeout.InfiniteTimeSpan, connection.Closed);
                    }
                }))
            .AddStartup((system, _) => CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "probe", async () =>
            {
                var server = system.SocketServers().Running.Single();
                await Deadline.UntilAsync(() => Client.IsRefused(server.Endpoints[0].Port), "clients are refused");
                phase.SetResult(server.Statistics.Active > 0);
                return Done.Instance;
            })));
        var server = host.Server;
        using var client = await Client.ConnectAsync(server);
        await client.ExpectAsync("hello\n");

        await host.StopAsync();

        Assert.True(await phase.Task.WaitAsync(Deadline.Length), "the connection lives while no more are accepted");
        Assert.Equal(1, (await server.Completion.WaitAsync(Deadline.Length)).Aborted);
    }

    [Theory]
    [InlineData("{ }", "", 60, 30)]
    [InlineData("""{ "a": { "DrainTimeout": "2m" } }""", "", 125, 135)]
    [InlineData("{ }", "actor-sockets.servers.a.drain-timeout = 2m", 125, 135)]
    [InlineData("{ }", "actor-sockets.defaults.drain-timeout = 2m", 125, 135)]
    [InlineData("""{ "a": { "DrainTimeout": "20s" } }""", "actor-sockets.defaults.drain-timeout = 2m", 125, 135)]
    [InlineData("{ }", "akka.coordinated-shutdown.phases.service-requests-done.timeout = 20s", 20, 30)]
    [InlineData("{ }", "akka.coordinated-shutdown.default-phase-timeout = 5m", 300, 30)]
    public async Task Phase_and_host_wait_for_the_longest_drain(string servers, string hocon, int phase, int shutdown)
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.AddHocon(hocon, HoconAddMode.Prepend).WithSocketServer("a", Nothing).WithSocketServer("b", Nothing),
            builder => builder.Add($$"""{ "ActorSockets": { "Servers": {{servers}} } }"""));

        Assert.Equal(TimeSpan.FromSeconds(phase), CoordinatedShutdown.Get(host.System).Timeout(CoordinatedShutdown.PhaseServiceRequestsDone));
        Assert.Equal(TimeSpan.FromSeconds(shutdown), host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task A_drain_that_no_duration_can_hold_with_its_margin_is_taken()
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.WithSocketServer("a", Nothing),
            builder => builder.Add("""{ "ActorSockets": { "Servers": { "a": { "DrainTimeout": "10675199.02:48:05" } } } }"""));

        Assert.Equal(ServerState.Serving, host.Server.State);
    }

    [Fact]
    public async Task A_handler_that_blocks_its_thread_is_not_waited_for_longer_than_its_drain()
    {
        using var release = new ManualResetEventSlim();
        var host = await TestHost.StartAsync(akka => akka.WithSocketServer("blocked", s => s
            .Listen("tcp://127.0.0.1:0")
            .Configure(options => options.DrainTimeout = TimeSpan.FromMilliseconds(100))
            .Handle(async connection =>
            {
                await connection.SendAsync("hello\n");
                release.Wait();
            })));
        using var client = await Client.ConnectAsync(host.Server);
        await client.ExpectAsync("hello\n");
        var server = host.Server;
        var drained = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        CoordinatedShutdown.Get(host.System).AddTask(CoordinatedShutdown.PhaseServiceStop, "probe", () =>
        {
            drained.SetResult(server.Completion.IsCompleted);
            return Task.FromResult(Done.Instance);
        });

        var stopping = host.Host.StopAsync();

        Assert.False(await drained.Task.WaitAsync(Deadline.Length), "the handler blocks, and the shutdown goes on");
        release.Set();
        await stopping.WaitAsync(Deadline.Length);
        host.Host.Dispose();
    }

    [Fact]
    public async Task The_host_waits_for_a_drain_that_code_has_made_longer()
    {
        await using var host = await TestHost.StartAsync(akka => akka
            .WithSocketServer("a", s => Nothing(s.Configure(options => options.DrainTimeout = TimeSpan.FromSeconds(50)))));

        Assert.Equal(TimeSpan.FromSeconds(65), host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task The_host_waits_without_limit_for_a_drain_that_no_timer_can_hold()
    {
        await using var host = await TestHost.StartAsync(akka => akka
            .AddHocon("actor-sockets.defaults.drain-timeout = 100d", HoconAddMode.Prepend).WithSocketServer("a", Nothing));

        Assert.Equal(Timeout.InfiniteTimeSpan, host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task A_host_that_waits_longer_goes_on_doing_so()
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.WithSocketServer("a", Nothing),
            builder => builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromHours(1)));

        Assert.Equal(TimeSpan.FromHours(1), host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Theory]
    [InlineData("", 61, "its drain-timeout of 61 s does not fit into the 60 s of akka.coordinated-shutdown.phases.service-requests-done.timeout")]
    [InlineData("akka.coordinated-shutdown.phases.service-requests-done.timeout = 10s", 15, "its drain-timeout of 15 s does not fit into the 10 s of")]
    public async Task A_drain_that_the_shutdown_would_cut_fails_the_start(string hocon, int drain, string message)
    {
        var error = await Assert.ThrowsAsync<ConfigurationException>(() => TestHost.StartAsync(akka => akka
            .AddHocon(hocon, HoconAddMode.Prepend)
            .WithSocketServer("a", s => Nothing(s.Configure(options => options.DrainTimeout = TimeSpan.FromSeconds(drain))))));

        Assert.StartsWith($"server 'a': {message}", error.Message, StringComparison.Ordinal);
        Assert.Contains("in the configuration rather than in code", error.Message, StringComparison.Ordinal);
    }

    private static void Nothing(SocketServerBuilder server) => server.Listen("tcp://127.0.0.1:0").Handle(_ => Task.CompletedTask);
}
