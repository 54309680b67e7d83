using System.Text;
using ActorSockets.Tests.Samples;
using Akka.Actor;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Tests;

/// <summary>The README's C#; its configuration and its commands are run by the tests of the program.</summary>
public sealed class ReadmeTests : ServerTest
{
    [Fact]
    public void The_blocks_of_the_README_are_the_samples_that_are_compiled_here() =>
        Assert.Equal(Readme.Samples().Order(StringComparer.Ordinal), Readme.Blocks("csharp").Order(StringComparer.Ordinal));

    [Fact]
    public async Task The_sample_for_an_actor_system_serves_lines_and_stops()
    {
        var report = await ActorSystemSample.RunAsync(Sys, async server =>
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "hello\n");
            await ExpectAsync(client, "you said hello\n");
        });

        Assert.Equal(0, report.Aborted);
    }

    [Fact]
    public async Task The_sample_for_a_generic_host_serves_while_the_host_runs()
    {
        var received = new TaskCompletionSource<string>();

        await GenericHostSample.RunAsync([], services => services.AddHostedService(host => new Visitor(host, received))).WaitAsync(Deadline);

        Assert.Equal("hello world\n", await received.Task);
    }

    [Fact]
    public async Task The_sample_for_Akka_Hosting_serves_with_the_options_of_the_settings()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Assert.Single(Readme.Blocks("json")))));
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton("hello world\n");
        AkkaHostingSample.Add(builder);
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Deadline);
        var server = host.Services.GetRequiredService<ActorSystem>().SocketServers().Running.Single();

        using (var client = await ConnectAsync(server))
        {
            Assert.Equal("hello world\n", await ReadToEndAsync(client));
        }

        Assert.Equal(5000, server.MaxConnections);
        Assert.Equal(HealthStatus.Healthy, (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status);
        await host.StopAsync().WaitAsync(Deadline);
    }

    [Fact]
    public Task The_sample_without_an_actor_system_serves() => OwnSystemSample.RunAsync(async server =>
    {
        using var client = await ConnectAsync(server);
        Assert.Equal("hello world\n", await ReadToEndAsync(client));
    });

    /// <summary>Visits the host's server once, and stops the host.</summary>
    private sealed class Visitor(IServiceProvider services, TaskCompletionSource<string> received) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            try
            {
                var server = services.GetRequiredService<ActorSystem>().SocketServers().Running.Single();
                using var client = await ConnectAsync(server);
                received.SetResult(await ReadToEndAsync(client));
            }
            catch (Exception exception)
            {
                received.SetException(exception);
            }

            services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }
    }
}
