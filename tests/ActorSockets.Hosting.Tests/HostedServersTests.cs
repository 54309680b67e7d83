using System.Net;
using System.Net.Sockets;
using ActorSockets.Hosting.Tests.Support;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Hosting.Tests;

public sealed class HostedServersTests
{
    [Fact]
    public async Task The_servers_of_a_host_are_told_in_their_order_those_that_have_ended_as_well()
    {
        await using var host = await TestHost.StartAsync(akka => akka
            .WithSocketServer("c", Nothing).WithSocketServer("a", Nothing).WithSocketServer("b", Nothing));

        await host.System.HostedSocketServers()[1].StopAsync().WaitAsync(Deadline.Length);

        Assert.Equal(["c Serving", "a Stopped", "b Serving"], host.System.HostedSocketServers().Select(server => $"{server.Name} {server.State}"));
    }

    [Fact]
    public async Task An_actor_system_without_servers_of_a_host_has_none()
    {
        using var system = ActorSystem.Create("plain");

        Assert.Empty(system.HostedSocketServers());
        system.CheckHostedSocketServers();
        await system.Terminate();
    }

    [Fact]
    public async Task A_host_that_is_told_to_stop_while_it_starts_gives_the_start_of_its_servers_up()
    {
        ActorSystem? starting = null;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("a", (s, system, _, resolver) =>
            {
                starting = system;
                Nothing(s);
                resolver.GetService<IHostApplicationLifetime>().StopApplication();
            })));

        Assert.Empty(starting!.HostedSocketServers());
    }

    [Fact]
    public async Task A_check_opens_nothing()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var host = Build(akka => akka
            .WithSocketServer("a", s => s.Listen($"tcp://{taken.LocalEndpoint}").Handle(_ => Task.CompletedTask)));
        var system = host.Services.GetRequiredService<ActorSystem>();

        system.CheckHostedSocketServers();

        Assert.Empty(system.SocketServers().Running);
        Assert.Empty(system.HostedSocketServers());
        await system.Terminate();
    }

    [Fact]
    public async Task A_check_refuses_what_a_start_refuses()
    {
        using var host = Build(akka => akka
            .WithSocketServer("a", s => Nothing(s.Configure(options => options.DrainTimeout = TimeSpan.FromDays(1)))));
        var system = host.Services.GetRequiredService<ActorSystem>();

        Assert.StartsWith("server 'a'", Assert.Throws<ConfigurationException>(system.CheckHostedSocketServers).Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    private static IHost Build(Action<AkkaConfigurationBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("test", akka => configure(akka.AddHocon("akka.stdout-loglevel = OFF, akka.loglevel = OFF", HoconAddMode.Append)));
        return builder.Build();
    }

    private static void Nothing(SocketServerBuilder server) => server.Listen("tcp://127.0.0.1:0").Handle(_ => Task.CompletedTask);
}
