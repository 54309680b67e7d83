using System.Buffers;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

public sealed class DatagramRestartPolicyTests : ServerTest
{
    [Fact]
    public async Task A_datagram_peer_restarts_by_default()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>());
        using var client = OpenUdp(server);

        Assert.Equal("1 a", await ExchangeAsync(client, "a"));
        Assert.Equal("2 b", await ExchangeAsync(client, "b"));
        await client.SendAsync("crash"u8.ToArray());
        Assert.Equal("1 c", await ExchangeAsync(client, "c"));
        Assert.Equal(1, server.Statistics.DatagramsDropped[DropReason.HandlerFailed]);
        await AssertBalancedAsync(server);
    }

    public static TheoryData<Type, RestartPolicy> DatagramPoliciesThatGoOn
    {
        get
        {
            var data = new TheoryData<Type, RestartPolicy>();
            foreach (var handler in (Type[])[typeof(CounterPeer), typeof(CrashingDatagramHandler)])
            {
                data.Add(handler, RestartPolicy.Restart());
                data.Add(handler, RestartPolicy.Resume());
            }

            return data;
        }
    }

    public static TheoryData<Type> DatagramHandlers => [typeof(CounterPeer), typeof(CrashingDatagramHandler)];

    [Theory]
    [MemberData(nameof(DatagramPoliciesThatGoOn))]
    [Proves("a handler throws on a datagram", "the log")]
    public async Task A_datagram_that_fails_costs_itself_and_its_peer_goes_on(Type handler, RestartPolicy policy)
    {
        var server = await StartDatagramsAsync(handler, policy);
        using var client = OpenUdp(server);

        await ExchangeAsync(client, "a");
        await client.SendAsync("crash"u8.ToArray());
        Assert.EndsWith("b", await ExchangeAsync(client, "b"), StringComparison.Ordinal);

        Assert.Equal(1, server.Statistics.Accepted);
        Assert.Equal(1, server.Statistics.HandlerFailures);
        Assert.Equal(policy.OnFailure == OnFailure.Restart ? 1 : 0, server.Statistics.Restarts);
        Assert.Equal(1, server.Statistics.DatagramsDropped[DropReason.HandlerFailed]);
        await AssertBalancedAsync(server);
    }

    [Theory]
    [MemberData(nameof(DatagramHandlers))]
    [Proves("a handler throws on a datagram", "the datagram and its peer's state")]
    public async Task Close_ends_a_datagram_peer_and_its_next_datagram_begins_a_new_one(Type handler)
    {
        var server = await StartDatagramsAsync(handler, RestartPolicy.Close);
        using var client = OpenUdp(server);

        await ExchangeAsync(client, "a");
        await client.SendAsync("crash"u8.ToArray());
        await ClosedAsync(server, CloseReason.HandlerFailed);
        Assert.EndsWith("b", await ExchangeAsync(client, "b"), StringComparison.Ordinal);

        Assert.Equal(2, server.Statistics.Accepted);
    }

    [Theory]
    [MemberData(nameof(DatagramHandlers))]
    [Proves("a handler throws on a datagram more than * times *", "the datagram and its peer")]
    public async Task Over_the_budget_a_datagram_peer_ends_and_its_next_datagram_begins_a_new_one(Type handler)
    {
        var server = await StartDatagramsAsync(handler, RestartPolicy.Restart(max: 1));
        using var client = OpenUdp(server);

        await client.SendAsync("crash"u8.ToArray());
        await ExchangeAsync(client, "a");
        await client.SendAsync("crash"u8.ToArray());
        await ClosedAsync(server, CloseReason.HandlerFailed);
        Assert.EndsWith("b", await ExchangeAsync(client, "b"), StringComparison.Ordinal);

        Assert.Equal(2, server.Statistics.Accepted);
        Assert.Equal(1, server.Statistics.Restarts);
    }

    [Theory]
    [MemberData(nameof(DatagramHandlers))]
    [Proves("a handler throws on a datagram", "the server, its other connections too")]
    public async Task Escalate_stops_the_server_of_a_datagram_that_fails(Type handler)
    {
        var server = await StartDatagramsAsync(handler, RestartPolicy.Escalate);
        using var client = OpenUdp(server);

        await client.SendAsync("crash"u8.ToArray());

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => server.Completion.WaitAsync(Deadline));
        Assert.Equal("asked to", failure.Message);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_datagram_peer_that_resumes_keeps_its_state()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>().OnFailure(RestartPolicy.Resume()));
        using var client = OpenUdp(server);

        Assert.Equal("1 a", await ExchangeAsync(client, "a"));
        await client.SendAsync("crash"u8.ToArray());
        Assert.Equal("2 b", await ExchangeAsync(client, "b"));
    }

    private Task<SocketServer> StartDatagramsAsync(Type handler, RestartPolicy policy) => StartAsync(s => s
        .Listen("udp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!).OnFailure(policy));

    private sealed class CrashingDatagramHandler : DatagramRequestHandler
    {
        protected internal override Task HandleAsync()
        {
            if (Datagram.Data.Span.SequenceEqual("crash"u8))
            {
                throw new InvalidOperationException("asked to");
            }

            Output.Write(Datagram.Data.Span);
            return Task.CompletedTask;
        }
    }
}
