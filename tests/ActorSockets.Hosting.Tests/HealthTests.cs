using ActorSockets.Hosting.Health;
using ActorSockets.Hosting.Tests.Support;
using Akka;
using Akka.Actor;
using Akka.Hosting;
using Akka.IO;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ActorSockets.Hosting.Tests;

public sealed class HealthTests
{
    private static readonly Endpoint Tcp = Endpoint.Parse("tcp://127.0.0.1:7007");
    private static readonly Endpoint Udp = Endpoint.Parse("udp://127.0.0.1:7007");

    [Fact]
    public async Task A_server_is_healthy_while_it_serves_degraded_while_it_is_full_and_unhealthy_from_the_moment_on_that_it_stops()
    {
        var leave = new TaskCompletionSource();
        await using var host = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0")
            .Configure(options => options.MaxConnections = 1)
            .Handle(async connection =>
            {
                await connection.SendAsync("hello\n");
                await leave.Task;
            }));
        var (server, endpoint) = (host.Server, host.Server.Endpoints[0]);

        var serving = await CheckAsync(host);
        using var client = await Client.ConnectAsync(server);
        await client.ExpectAsync("hello\n");
        var full = await CheckAsync(host);
        var stopping = host.StopAsync();
        await Deadline.UntilAsync(() => server.State != ServerState.Serving, "the server stops");
        var draining = await CheckAsync(host);
        leave.SetResult();
        client.Dispose();
        await stopping;
        var stopped = await CheckAsync(host);

        Assert.Equal((HealthStatus.Healthy, $"server 'test' serves on {endpoint}"), (serving.Status, serving.Description));
        Assert.Equal(["akka", "ready"], serving.Tags.Order(StringComparer.Ordinal));
        Assert.Equal((0, 1, "Serving"), (serving.Data["active"], serving.Data["max-connections"], serving.Data["state"]));
        Assert.Equal((HealthStatus.Degraded, $"server 'test' is full on {endpoint}: max-connections = 1"), (full.Status, full.Description));
        Assert.Equal(1, full.Data["active"]);
        Assert.Equal((HealthStatus.Unhealthy, $"server 'test' is not ready: it is stopping, on {endpoint}"), (draining.Status, draining.Description));
        Assert.Equal((HealthStatus.Unhealthy, "server 'test' is not running"), (stopped.Status, stopped.Description));
    }

    [Fact]
    public async Task A_server_is_unhealthy_before_its_host_has_started()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Services.AddHealthChecks();
        builder.Services.AddAkka("test", akka => akka
            .AddHocon("akka.stdout-loglevel = OFF, akka.loglevel = OFF", HoconAddMode.Append)
            .WithSocketServer("test", Serve)
            .WithSocketServerHealthCheck("test"));
        using var host = builder.Build();

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal((HealthStatus.Unhealthy, "server 'test' is not running"), (report.Status, report.Entries["actor-sockets.test"].Description));
    }

    [Fact]
    public async Task What_is_reported_and_the_tags_can_be_chosen()
    {
        await using var host = await TestHost.StartAsync(
            akka => akka.WithSocketServerHealthCheck("nobody", HealthStatus.Degraded, ["live"]),
            builder => builder.Services.AddHealthChecks());

        var report = (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["actor-sockets.nobody"];

        Assert.Equal((HealthStatus.Degraded, "server 'nobody' is not running"), (report.Status, report.Description));
        Assert.Equal(["akka", "live"], report.Tags.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(ServerState.New, HealthStatus.Unhealthy, "is not ready: it is new")]
    [InlineData(ServerState.Starting, HealthStatus.Unhealthy, "is not ready: it is starting")]
    [InlineData(ServerState.Bound, HealthStatus.Unhealthy, "is not ready: it is bound")]
    [InlineData(ServerState.Serving, HealthStatus.Healthy, "serves on tcp://127.0.0.1:7007, udp://127.0.0.1:7007")]
    [InlineData(ServerState.Suspended, HealthStatus.Degraded, "is suspended on tcp://127.0.0.1:7007")]
    [InlineData(ServerState.Stopping, HealthStatus.Unhealthy, "is not ready: it is stopping")]
    [InlineData(ServerState.Stopped, HealthStatus.Unhealthy, "is not ready: it is stopped")]
    public void Each_state_has_a_status(ServerState state, HealthStatus status, string description)
    {
        var result = Describe(state);

        Assert.Equal(status, result.Status);
        Assert.StartsWith($"server 'test' {description}", result.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ServerState.Serving)]
    [InlineData(ServerState.Suspended)]
    public void A_server_that_has_lost_an_endpoint_is_unhealthy_and_says_which(ServerState state)
    {
        var result = Describe(state, lost: Udp);

        Assert.Equal((HealthStatus.Unhealthy, "server 'test' has lost udp://127.0.0.1:7007 and binds it again"), (result.Status, result.Description));
    }

    [Fact]
    public async Task Datagram_peers_do_not_fill_a_server()
    {
        await using var host = await StartAsync(s => s
            .Listen("udp://127.0.0.1:0")
            .Listen("tcp://127.0.0.1:0")
            .Handle(_ => Task.CompletedTask)
            .Configure(options => options.MaxConnections = 1)
            .HandleDatagram(datagram =>
            {
                datagram.Reply(datagram.Data);
                return Task.CompletedTask;
            }));
        Assert.Equal("a", await Client.ExchangeDatagramAsync(host.Server, "a"));
        Assert.Equal(1, host.Server.Statistics.Active);

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    public async Task An_endpoint_for_datagrams_is_full_when_it_has_as_many_peers_as_it_may()
    {
        await using var host = await StartAsync(s => s
            .Listen("udp://127.0.0.1:0")
            .Configure(options => options.MaxPeers = 1)
            .HandleDatagram(async datagram => await datagram.ReplyAsync(datagram.Data)));
        Assert.Equal("a", await Client.ExchangeDatagramAsync(host.Server, "a"));

        var full = await CheckAsync(host);

        Assert.Equal((HealthStatus.Degraded, $"server 'test' is full on {host.Server.Endpoints[0]}: datagram.max-peers are there"), (full.Status, full.Description));
    }

    [Fact]
    public async Task A_server_is_unhealthy_as_soon_as_a_shutdown_has_it_refuse_clients()
    {
        await using var host = await StartAsync(Serve);
        var server = host.Server;
        var told = new TaskCompletionSource<HealthReportEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
        CoordinatedShutdown.Get(host.System).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "probe", async () =>
        {
            await Deadline.UntilAsync(() => Client.IsRefused(server.Endpoints[0].Port), "clients are refused");
            told.SetResult(await CheckAsync(host));
            return Done.Instance;
        });

        await host.StopAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await told.Task.WaitAsync(Deadline.Length)).Status);
    }

    [Fact]
    public async Task A_server_that_has_failed_is_unhealthy_with_its_failure()
    {
        await using var host = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0")
            .OnFailure(RestartPolicy.Escalate)
            .Handle(_ => throw new InvalidOperationException("asked to")));
        var server = host.Server;
        using var client = await Client.ConnectAsync(server);

        await Assert.ThrowsAsync<InvalidOperationException>(() => server.Completion.WaitAsync(Deadline.Length));
        var failed = await CheckAsync(host);

        Assert.Equal((HealthStatus.Unhealthy, "server 'test' has failed: asked to"), (failed.Status, failed.Description));
        Assert.IsType<InvalidOperationException>(failed.Exception);
    }

    [Fact]
    public async Task A_server_whose_actor_is_killed_has_failed()
    {
        await using var host = await StartAsync(Serve);
        var server = host.Server;

        server.Actor.Tell(Kill.Instance);

        await Assert.ThrowsAsync<ActorKilledException>(() => server.Completion.WaitAsync(Deadline.Length));
        Assert.StartsWith("server 'test' has failed", (await CheckAsync(host)).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_is_degraded_while_it_is_suspended()
    {
        await using var host = await StartAsync(Serve);
        var endpoint = host.Server.Endpoints[0];

        await host.Server.SuspendAsync();
        var suspended = await CheckAsync(host);
        await host.Server.ResumeAsync().WaitAsync(Deadline.Length);
        var resumed = await CheckAsync(host);

        Assert.Equal((HealthStatus.Degraded, $"server 'test' is suspended on {endpoint}"), (suspended.Status, suspended.Description));
        Assert.Equal(HealthStatus.Healthy, resumed.Status);
    }

    [Fact]
    public async Task A_server_one_of_whose_endpoints_is_suspended_is_degraded_and_says_which()
    {
        await using var host = await StartAsync(s => Serve(s.Listen("tcp://127.0.0.1:0")));
        var endpoint = host.Server.Endpoints[0];

        await host.Server.SuspendAsync(endpoint);

        var check = await CheckAsync(host);
        Assert.Equal((HealthStatus.Degraded, $"server 'test' is suspended on {endpoint}"), (check.Status, check.Description));
    }

    [Fact]
    public async Task A_server_is_unhealthy_until_a_lost_endpoint_is_bound_again()
    {
        await using var host = await StartAsync(s => Serve(s.Configure(options => options.MinRebindBackoff = TimeSpan.FromSeconds(1))));
        var server = host.Server;

        host.System.Stop(((ActorRefWithCell)host.System.Tcp()).Children.Single());
        await Deadline.UntilAsync(() => server.LostEndpoints.Count == 1, "the endpoint is lost");
        var lost = await CheckAsync(host);
        await Deadline.UntilAsync(() => server.LostEndpoints.Count == 0, "the endpoint is bound again");
        var found = await CheckAsync(host);

        Assert.Equal((HealthStatus.Unhealthy, $"server 'test' has lost {server.Endpoints[0]} and binds it again"), (lost.Status, lost.Description));
        Assert.Equal(HealthStatus.Healthy, found.Status);
    }

    private static HealthCheckResult Describe(ServerState state, params Endpoint[] lost) =>
        SocketServerHealthCheck.Describe(new ServerHealth("test", state, [Tcp, Udp], lost, state == ServerState.Suspended ? [Tcp, Udp] : [], [], null, 5, 10), HealthStatus.Unhealthy);

    private static Task<TestHost> StartAsync(Action<SocketServerBuilder> configure) => TestHost.StartAsync(
        akka => akka.WithSocketServer("test", configure).WithSocketServerHealthCheck("test"),
        builder => builder.Services.AddHealthChecks());

    private static void Serve(SocketServerBuilder server) => server.Listen("tcp://127.0.0.1:0").Handle(_ => Task.CompletedTask);

    private static async Task<HealthReportEntry> CheckAsync(TestHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["actor-sockets.test"];
}
