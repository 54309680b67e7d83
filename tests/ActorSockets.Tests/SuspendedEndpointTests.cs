using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Tests;

/// <summary>One endpoint of several takes nobody new for a time.</summary>
[Trait("Category", "Faults")]
public sealed class SuspendedEndpointTests : ServerTest
{
    [Fact]
    public async Task A_suspended_endpoint_refuses_new_clients_while_its_old_ones_and_all_other_endpoints_are_served()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        var (first, second) = (server.Endpoints[0], server.Endpoints[1]);
        using var old = await ConnectAsync(server);
        await ExchangeAsync(old, "a\n", "1 a\n");

        await server.SuspendAsync(first).WaitAsync(Deadline);

        await RefusedAsync(first.Port);
        Assert.Equal(ServerState.Serving, server.State);
        Assert.Equal([first], server.SuspendedEndpoints);
        Assert.Empty(server.LostEndpoints);
        await ExchangeAsync(old, "b\n", "2 b\n");
        await ServesAsync(server, 1);

        await server.ResumeAsync(first).WaitAsync(Deadline);

        Assert.Empty(server.SuspendedEndpoints);
        Assert.Equal(0, server.Statistics.Rebinds);
        await ServesAsync(server, 0);
        await ExchangeAsync(old, "c\n", "3 c\n");
    }

    [Fact]
    public async Task A_suspended_datagram_endpoint_drops_what_comes_while_the_other_one_is_served()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterPeer>());
        using var first = OpenUdp(server);
        using var second = OpenUdp(server, 1);

        await server.SuspendAsync(server.Endpoints[0]).WaitAsync(Deadline);
        await first.SendAsync("lost"u8.ToArray());
        await UntilAsync(() => server.Statistics.DatagramsDropped[DropReason.NotServing] == 1, "it is dropped and counted");
        Assert.Equal("1 a", await ExchangeAsync(second, "a"));

        await server.ResumeAsync(server.Endpoints[0]).WaitAsync(Deadline);
        Assert.Equal("1 b", await ExchangeAsync(first, "b"));
    }

    [Fact]
    public async Task A_server_is_suspended_when_its_last_endpoint_is_and_serves_from_the_first_one_that_is_resumed()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle<CounterActor>().Handle<CounterPeer>());
        await server.SuspendAsync(server.Endpoints[2]).WaitAsync(Deadline);
        await server.SuspendAsync(server.Endpoints[0]).WaitAsync(Deadline);
        Assert.Equal(ServerState.Serving, server.State);

        await server.SuspendAsync(server.Endpoints[1]).WaitAsync(Deadline);
        Assert.Equal(ServerState.Suspended, server.State);

        await server.ResumeAsync(server.Endpoints[1]).WaitAsync(Deadline);
        Assert.Equal(ServerState.Serving, server.State);
        Assert.Equal(new HashSet<Endpoint> { server.Endpoints[0], server.Endpoints[2] }, server.SuspendedEndpoints.ToHashSet());
        await RefusedAsync(server.Endpoints[0].Port);
        await ServesAsync(server, 1);
    }

    [Fact]
    public async Task Suspending_and_resuming_the_server_covers_what_was_suspended_alone()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        await server.SuspendAsync(server.Endpoints[0]).WaitAsync(Deadline);
        await server.SuspendAsync().WaitAsync(Deadline);
        await RefusedAsync(server.Endpoints[1].Port);

        await server.ResumeAsync().WaitAsync(Deadline);

        Assert.Empty(server.SuspendedEndpoints);
        await ServesAsync(server, 0);
        await ServesAsync(server, 1);
    }

    [Fact]
    public async Task An_endpoint_that_the_server_does_not_have_can_be_neither_suspended_nor_resumed()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        var other = Endpoint.Parse("tcp://127.0.0.2:1");

        var suspending = await Assert.ThrowsAsync<ArgumentException>(() => server.SuspendAsync(other));
        var resuming = await Assert.ThrowsAsync<ArgumentException>(() => server.ResumeAsync(other));

        Assert.StartsWith($"server 'test' does not listen on {other}, but on {server.Endpoints[0]}", suspending.Message, StringComparison.Ordinal);
        Assert.Equal(suspending.Message, resuming.Message);
        await ServesAsync(server, 0);
    }

    [Fact]
    public async Task A_resumption_is_given_up_by_a_suspension_of_the_same_endpoint_alone()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MinRebindBackoff = TimeSpan.FromMilliseconds(20)));
        var (first, second) = (server.Endpoints[0], server.Endpoints[1]);
        await server.SuspendAsync(first).WaitAsync(Deadline);
        using var other = new TcpListener(IPAddress.Loopback, first.Port);
        other.Start();
        var resuming = server.ResumeAsync(first);
        await UntilAsync(() => server.LostEndpoints.Count == 1, "the endpoint cannot be bound");

        await server.SuspendAsync(second).WaitAsync(Deadline);
        await server.ResumeAsync(second).WaitAsync(Deadline);
        Assert.False(resuming.IsCompleted);
        await server.SuspendAsync(first).WaitAsync(Deadline);

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => resuming.WaitAsync(Deadline));
        Assert.Equal($"{first} of server 'test' was suspended meanwhile", error.Message);
    }

    [Fact]
    public async Task An_endpoint_stays_suspended_without_the_supervisor_of_the_listeners()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MinRebindBackoff = TimeSpan.FromMilliseconds(20)));
        await server.SuspendAsync(server.Endpoints[0]).WaitAsync(Deadline);

        await EndActorAsync(server, "listeners");

        await EventuallyAsync(async () =>
        {
            await ServesAsync(server, 1);
            return true;
        });
        await RefusedAsync(server.Endpoints[0].Port);
        await server.ResumeAsync(server.Endpoints[0]).WaitAsync(Deadline);
        await ServesAsync(server, 0);
    }

    private static async Task ServesAsync(SocketServer server, int endpoint)
    {
        using var client = await ConnectAsync(server, endpoint);
        await ExchangeAsync(client, "hello\n", "1 hello\n");
    }

    private static async Task ExchangeAsync(TcpClient client, string request, string response)
    {
        await SendAsync(client, request);
        await ExpectAsync(client, response);
    }
}
