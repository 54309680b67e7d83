using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Actors whose constructor fails.</summary>
public sealed class UnmadeActorTests : ServerTest
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0", false)]
    [InlineData("tcp://127.0.0.1:0", true)]
    [InlineData("udp://127.0.0.1:0", false)]
    [InlineData("udp://127.0.0.1:0", true)]
    public async Task The_hook_is_asked_about_the_constructor_of_an_actor(string endpoint, bool takesItsTime)
    {
        var server = await StartAsync(s => s.Listen(endpoint).Handle<UnmadeActor>().Handle<UnmadePeer>().OnError(async error =>
        {
            if (takesItsTime)
            {
                await Task.Yield();
            }

            return await Ask(error);
        }));
        using var client = endpoint.StartsWith("tcp", StringComparison.Ordinal) ? await ConnectAsync(server) : null;
        using var sender = client is null ? OpenUdp(server) : null;
        if (sender is not null)
        {
            await sender.SendAsync("a"u8.ToArray());
        }

        await ExpectMsgAsync("Create: no database", Deadline);
        await ClosedAsync(server, CloseReason.HandlerFailed);
        Assert.Equal(sender is null ? 0 : 1, server.Statistics.DatagramsDropped[DropReason.HandlerFailed]);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Messages_that_come_while_no_actor_can_be_made_keep_their_order()
    {
        const int Messages = 3000;
        var made = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart(max: -1))
            .Handle(() => ++made % 2 == 0 ? throw new IOException("no database") : new NumberActor(TestActor)));
        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Connections.Count == 1 && !server.Connections.Single().Self.IsNobody(), "connected");
        var connection = server.Connections.Single().Self;

        for (var number = 1; number <= Messages; number++)
        {
            connection.Tell(number);
        }

        var last = 0;
        while (last < Messages)
        {
            var number = await ExpectMsgAsync<int>(Deadline);
            Assert.True(number > last, $"{number} came after {last}");
            last = number;
        }

        Assert.True(server.Statistics.HandlerFailures > Messages / 100, "the fault has fired");
    }

    [Fact]
    public async Task An_actor_that_could_not_be_made_is_made_anew_where_the_policy_is_to_resume()
    {
        var made = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Resume())
            .Handle(() => ++made < 3 ? throw new IOException("no database") : new CounterActor()));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\n");

        await ExpectAsync(client, "1 a\n");
        Assert.Equal((2, 2), (server.Statistics.HandlerFailures, server.Statistics.Restarts));
    }

    private ValueTask<ErrorDirective> Ask(ErrorContext error)
    {
        TestActor.Tell($"{error.Phase}: {error.Exception.Message}");
        return new(ErrorDirective.Close);
    }

    private sealed class NumberActor : ConnectionActor
    {
        public NumberActor(IActorRef listener) => Receive<int>(number =>
        {
            listener.Tell(number);
            if (number % 100 == 50)
            {
                throw new InvalidOperationException("asked to");
            }
        });
    }

    private sealed class UnmadeActor : ConnectionActor
    {
        public UnmadeActor() => throw new IOException("no database");
    }

    private sealed class UnmadePeer : DatagramActor
    {
        public UnmadePeer() => throw new IOException("no database");

        protected override void OnReceived(Datagram datagram)
        {
        }
    }
}
