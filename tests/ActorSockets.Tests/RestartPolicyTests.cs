using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

public sealed class RestartPolicyTests : ServerTest
{
    public static TheoryData<Type> StreamHandlers => [typeof(CounterActor), typeof(CounterHandler)];

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    [Proves("a handler throws", "input that was not consumed stays")]
    public async Task Restart_goes_on_with_a_fresh_handler_on_the_same_socket_and_keeps_unread_input(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Restart());
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\nb\ncrash\nc\n");

        await ExpectAsync(client, "1 a\n2 b\n1 c\n");
        Assert.Equal(1, server.Statistics.Restarts);
        Assert.Equal(1, server.Statistics.Accepted);
    }

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    [Proves("a handler throws", "the failing message")]
    public async Task Resume_drops_the_failing_message_and_keeps_the_state(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Resume());
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\n");

        await ExpectAsync(client, "1 a\n2 b\n");
        Assert.Equal(0, server.Statistics.Restarts);
    }

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    [Proves("a handler throws", "what was written, then the end; OnClosed(HandlerFailed)")]
    public async Task Close_ends_the_connection_after_its_output_was_sent(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Close);
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\n");

        Assert.Equal("1 a\n", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.HandlerFailed);
        await AssertBalancedAsync(server);
    }

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    [Proves("all handlers together throw more than * times in *", "client: the end")]
    public async Task Over_the_budget_of_the_server_each_restart_becomes_close_until_some_time_has_gone_by(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Restart(max: -1), o => (o.ServerRestartMax, o.ServerRestartWithin) = (3, TimeSpan.FromSeconds(1)));
        using var first = await ConnectAsync(server);
        using var second = await ConnectAsync(server);

        await SendAsync(first, "crash\ncrash\ncrash\na\n");
        await ExpectAsync(first, "1 a\n");
        await SendAsync(second, "a\ncrash\nb\n");

        Assert.Equal("1 a\n", await ReadToEndAsync(second));
        Assert.Equal(3, server.Statistics.Restarts);
        await EventuallyAsync(async () =>
        {
            using var third = await ConnectAsync(server);
            await SendAsync(third, "a\ncrash\nb\n");
            await ExpectAsync(third, "1 a\n1 b\n");
            return third;
        });
    }

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    [Proves("a handler throws more than * times *", "OnClosed(HandlerFailed)")]
    public async Task Over_the_budget_restart_becomes_close(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Restart(max: 2));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\ncrash\nc\ncrash\nd\n");

        Assert.Equal("1 a\n1 b\n1 c\n", await ReadToEndAsync(client));
        Assert.Equal(2, server.Statistics.Restarts);
        Assert.Equal(3, server.Statistics.HandlerFailures);
    }

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    public async Task Over_the_budget_resume_becomes_close(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Resume(max: 1));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\ncrash\nc\n");

        Assert.Equal("1 a\n2 b\n", await ReadToEndAsync(client));
    }

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    public async Task Escalate_stops_the_server_and_hands_the_exception_to_who_started_it(Type handler)
    {
        var server = await StartCounterAsync(handler, RestartPolicy.Escalate);
        using var client = await ConnectAsync(server);

        await SendAsync(client, "crash\n");

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => server.Completion.WaitAsync(Deadline));
        Assert.Equal("asked to", failure.Message);
        Assert.Equal(1, server.Statistics.Closed[CloseReason.HandlerFailed]);
    }

    public static TheoryData<RestartPolicy> PoliciesWithBudget => [RestartPolicy.Restart(max: 2), RestartPolicy.Resume(max: 2)];

    [Theory]
    [MemberData(nameof(PoliciesWithBudget))]
    public async Task The_budget_counts_each_failure_also_when_the_same_exception_is_thrown_again(RestartPolicy policy)
    {
        var shared = Task.FromException(new InvalidOperationException("shared"));
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(policy).Handle(_ => shared));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        client.Close();
        await ClosedAsync(server, CloseReason.HandlerFailed);
        Assert.Equal(3, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task A_fresh_handler_is_told_the_peers_end_that_the_failed_one_was_told()
    {
        var made = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart(max: 1))
            .Handle(() => new EndFailingActor(fails: Interlocked.Increment(ref made) == 1)));
        using var client = await ConnectAsync(server);

        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("bye", await ReadToEndAsync(client));
        await ClosedAsync(server, CloseReason.PeerClosed);
        Assert.Equal(1, server.Statistics.Restarts);
    }

    [Fact]
    public async Task A_failure_at_the_peers_end_that_is_resumed_closes_the_connection()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Resume())
            .Handle(() => new EndFailingActor(fails: true)));
        using var client = await ConnectAsync(server);

        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("", await ReadToEndAsync(client));
        await ClosedAsync(server, CloseReason.PeerClosed);
        Assert.Equal(1, server.Statistics.HandlerFailures);
    }

    [Theory]
    [InlineData("throw")]
    [InlineData("cancel")]
    [InlineData("close")]
    [InlineData("close and wait")]
    public async Task What_a_handler_wrote_is_sent_also_when_it_fails_or_closes(string how)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection =>
        {
            connection.Output.Write("bye"u8);
            switch (how)
            {
                case "throw":
                    throw new InvalidOperationException("asked to");
                case "cancel":
                    throw new OperationCanceledException();
                default:
                    connection.Close();
                    return how == "close" ? Task.CompletedTask : Task.Delay(Timeout.Infinite, connection.Closed);
            }
        }));
        using var client = await ConnectAsync(server);

        Assert.Equal("bye", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, how == "throw" ? CloseReason.HandlerFailed : CloseReason.LocalClosed);
    }

    [Fact]
    public async Task A_failure_of_Finish_that_is_resumed_does_not_serve_again()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Resume()).Handle<FinishFailingHandler>());
        using var client = await ConnectAsync(server);

        Assert.Equal("once", await ReadToEndAsync(client));
        Assert.Equal(1, server.Statistics.HandlerFailures);
    }

    [Fact]
    [Proves("a handler throws", "the server, its other connections too")]
    public async Task Escalate_ends_every_connection_of_the_server_and_leaves_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnFailure(RestartPolicy.Escalate));
        using var rushEnds = new CancellationTokenSource();
        var rush = Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            var clients = new List<TcpClient>();
            while (!rushEnds.IsCancellationRequested && clients.Count < 100)
            {
                var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port);
                    clients.Add(client);
                }
                catch (SocketException)
                {
                    client.Dispose();
                    break;
                }
            }

            return clients;
        })).ToList();
        await UntilAsync(() => server.Statistics.Active >= 100, "the rush is on");
        using (var crashing = await ConnectAsync(server))
        {
            await SendAsync(crashing, "crash\n");
            await Assert.ThrowsAsync<InvalidOperationException>(() => server.Completion.WaitAsync(Deadline));
        }

        await rushEnds.CancelAsync();
        var left = (await Task.WhenAll(rush)).SelectMany(clients => clients).ToList();
        foreach (var client in left)
        {
            // A FIN or a reset, whatever, but an end.
            Assert.True(await EndsAsync(client), "a client was left alone");
            client.Dispose();
        }

        var books = server.Statistics;
        Assert.Equal(0, books.Active);
        Assert.Equal(1, books.Closed[CloseReason.HandlerFailed]);
        Assert.Equal(books.Accepted - 1, books.Closed[CloseReason.ServerStopping] + books.Closed[CloseReason.PeerClosed]);
    }

    [Fact]
    public async Task A_handler_that_fails_in_its_constructor_costs_its_own_connection_only()
    {
        var made = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(
            () => Interlocked.Increment(ref made) == 1 ? throw new InvalidOperationException("no") : new CounterActor()));
        using var first = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(first));
        first.Close();

        using var second = await ConnectAsync(server);
        await SendAsync(second, "a\n");
        await ExpectAsync(second, "1 a\n");
        await ClosedAsync(server, CloseReason.HandlerFailed);
    }

    private Task<SocketServer> StartCounterAsync(Type handler, RestartPolicy policy, Action<SocketServerOptions>? configure = null) => StartAsync(s => s
        .Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!).OnFailure(policy).Configure(configure ?? (_ => { })));

    private static async Task<bool> EndsAsync(TcpClient client)
    {
        try
        {
            // The kernel may drop the last step of a connect while the endpoint is closed; a client learns of it when it sends.
            await client.Client.SendAsync("?"u8.ToArray());
            return await client.Client.ReceiveAsync(new byte[1]).WaitAsync(Deadline) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private sealed class FinishFailingHandler : StreamRequestHandler
    {
        protected internal override async Task HandleAsync() => await Connection.SendAsync("once");

        protected internal override Task FinishAsync() => throw new InvalidOperationException("asked to");
    }

    private sealed class EndFailingActor(bool fails) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
        }

        protected override void OnPeerCompleted()
        {
            if (fails)
            {
                throw new InvalidOperationException("asked to");
            }

            Connection.Output.Write("bye"u8);
            base.OnPeerCompleted();
        }
    }
}
