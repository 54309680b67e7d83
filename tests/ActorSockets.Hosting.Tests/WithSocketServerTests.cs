using System.Net;
using System.Net.Sockets;
using ActorSockets.Hosting.Tests.Support;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ActorSockets.Hosting.Tests;

public sealed class WithSocketServerTests
{
    public static TheoryData<string> Overloads => ["configure", "registry", "resolver", "key", "key and registry", "key and resolver"];

    [Theory]
    [MemberData(nameof(Overloads))]
    public async Task Every_overload_adds_a_server_that_serves_while_the_host_runs(string overload)
    {
        await using var host = await TestHost.StartAsync(akka => _ = overload switch
        {
            "configure" => akka.WithSocketServer("hello", Hello),
            "registry" => akka.WithSocketServer("hello", (s, system, registry) => Hello(s, system, registry)),
            "resolver" => akka.WithSocketServer("hello", (s, system, registry, resolver) => Hello(s, system, registry, resolver)),
            "key" => akka.WithSocketServer<HelloServer>("hello", Hello),
            "key and registry" => akka.WithSocketServer<HelloServer>("hello", (s, system, registry) => Hello(s, system, registry)),
            _ => akka.WithSocketServer<HelloServer>("hello", (s, system, registry, resolver) => Hello(s, system, registry, resolver)),
        });
        var server = host.Server;

        using (var client = await Client.ConnectAsync(server))
        {
            Assert.Equal("hello world\n", await client.ReadToEndAsync());
        }

        await host.StopAsync();
        Assert.True(Client.IsRefused(server.Endpoints[0].Port));
        Assert.Equal(0, (await server.Completion.WaitAsync(Deadline.Length)).Aborted);
    }

    [Fact]
    public async Task The_actor_of_a_server_is_injected_by_its_key_and_ends_with_the_server()
    {
        await using var host = await TestHost.StartAsync(akka => akka.WithSocketServer<HelloServer>("hello", Hello));

        var actor = host.Services.GetRequiredService<IRequiredActor<HelloServer>>().ActorRef;

        Assert.Equal(host.Server.Actor, actor);
        var ended = actor.WatchAsync();
        await host.Server.StopAsync();
        Assert.True(await ended.WaitAsync(Deadline.Length));
    }

    [Fact]
    public async Task The_actor_of_a_server_is_injected_into_the_handler_of_its_very_first_client()
    {
        using var client = new TcpClient();
        await using var host = await TestHost.StartAsync(akka => akka
            .WithSocketServer<HelloServer>("hello", s => s.Listen("tcp://127.0.0.1:0").Handle<AskingHandler>())
            .WithSocketServer("late", (s, system, _) => Hello(s.ConfigureListenSocket(_ =>
            {
                // Binds are concurrent, and the host starts no server before all are bound.
                var hello = system.SocketServers().Running.Single(server => server.Name == "hello");
                Assert.True(SpinWait.SpinUntil(() => hello.State == ServerState.Bound, Deadline.Length));
                client.Connect(IPAddress.Loopback, hello.Endpoints[0].Port);
            }))));

        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("hello", await reader.ReadToEndAsync().WaitAsync(Deadline.Length));
    }

    [Fact]
    public async Task Actors_that_were_added_before_are_there_when_a_server_is_configured()
    {
        IActorRef? room = null;
        await using var host = await TestHost.StartAsync(akka => akka
            .WithSocketServer("hello", (s, _, registry) =>
            {
                Hello(s);
                room = registry.Get<ChatRoom>();
            })
            .WithActors((system, registry) => registry.Register<ChatRoom>(system.ActorOf<ChatRoom>("room"))));

        Assert.Equal("room", room?.Path.Name);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_bound_fails_the_start_by_name_and_no_server_stays()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var freePort = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var endpoint = $"tcp://{taken.LocalEndpoint}";

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("good", s => Hello(s.Listen($"tcp://127.0.0.1:{freePort}")))
            .WithSocketServer("bad", s => s.Listen(endpoint).Handle(_ => Task.CompletedTask))));

        Assert.Contains($"server 'bad' cannot bind {endpoint}", error.Message, StringComparison.Ordinal);
        Assert.True(Client.IsRefused(freePort));
    }

    [Fact]
    public async Task Two_servers_of_one_name_are_refused_and_so_are_two_of_one_key()
    {
        var names = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer("hello", Hello)
            .WithSocketServer("hello", Hello)));
        var keys = await Assert.ThrowsAsync<ArgumentException>(() => TestHost.StartAsync(akka => akka
            .WithSocketServer<HelloServer>("one", Hello)
            .WithSocketServer<HelloServer>("two", Hello)));

        Assert.Contains("there is a server 'hello' already", names.Message, StringComparison.Ordinal);
        Assert.Contains($"server 'two' cannot be registered as {typeof(HelloServer)}: server 'one' is", keys.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_an_actor_has_fails_the_start()
    {
        var error = await Assert.ThrowsAsync<DuplicateActorRegistryException>(() => TestHost.StartAsync(akka => akka
            .WithActors((system, registry) => registry.Register<HelloServer>(system.ActorOf<ChatRoom>()))
            .WithSocketServer<HelloServer>("hello", Hello)));

        Assert.Contains($"server 'hello' cannot be registered as {typeof(HelloServer)}: another actor is", error.Message, StringComparison.Ordinal);
    }

    private static void Hello(SocketServerBuilder server, params object[] context)
    {
        Assert.All(context, Assert.NotNull);
        Hello(server);
    }

    private static void Hello(SocketServerBuilder server) =>
        server.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync("hello world\n").AsTask());

    private sealed class HelloServer;

    private sealed class AskingHandler(IRequiredActor<HelloServer> server) : StreamRequestHandler
    {
        protected override Task HandleAsync() => Connection.SendAsync(server.ActorRef.Path.Name).AsTask();
    }

    private sealed class ChatRoom : ReceiveActor;
}
