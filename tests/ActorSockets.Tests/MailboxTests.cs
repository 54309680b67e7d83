using System.Buffers;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class MailboxTests : ServerTest
{
    [Fact]
    public async Task An_actor_that_asks_for_a_stash_has_one()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<StashingActor>());
        using var client = await ConnectAsync(server);
        await SendAsync(client, "go");
        await ExpectAsync(client, "go");
        var connection = server.Connections.Single().Self;

        connection.Tell("a");
        connection.Tell("b");
        connection.Tell(true);

        await ExpectAsync(client, "ab");
    }

    [Fact]
    public async Task A_flood_of_messages_is_handled_in_its_order()
    {
        const int Flood = 20_000;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new CollectingActor(TestActor)));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "go");
        var connection = await ExpectMsgAsync<IActorRef>(Deadline);

        for (var message = 0; message < Flood; message++)
        {
            connection.Tell(message);
        }

        connection.Tell("all");
        Assert.Equal(Enumerable.Range(0, Flood), await ExpectMsgAsync<int[]>(Deadline));
    }

    private sealed class StashingActor : ConnectionActor, IWithUnboundedStash
    {
        private bool _open;

        public StashingActor()
        {
            Receive<string>(text =>
            {
                if (_open)
                {
                    Connection.Output.Write(System.Text.Encoding.ASCII.GetBytes(text));
                }
                else
                {
                    Stash.Stash();
                }
            });
            Receive<bool>(open =>
            {
                _open = open;
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;

        protected override void OnReceived(in ReadOnlySequence<byte> data) => Connection.Output.Write(data.ToArray());
    }

    private sealed class CollectingActor : ConnectionActor
    {
        private readonly IActorRef _listener;

        public CollectingActor(IActorRef listener)
        {
            var received = new List<int>();
            _listener = listener;
            Receive<int>(received.Add);
            Receive<string>(_ => listener.Tell(received.ToArray()));
        }

        protected override void OnReceived(in ReadOnlySequence<byte> data) => _listener.Tell(Self);
    }
}
