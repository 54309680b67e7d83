using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class StreamTests : ServerTest
{
    [Fact]
    public async Task A_delegate_serves_lines_and_returning_closes()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var line = await connection.ReadLineAsync();
            await connection.SendAsync($"{connection.Id}: {line}\n");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "hello\r\n");

        Assert.Equal("test-1: hello\n", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);
    }

    [Fact]
    public async Task A_client_that_has_sent_FIN_still_gets_its_reply()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var bytes = 0;
            var buffer = new byte[1000];
            while (await connection.ReadAsync(buffer) is > 0 and var read)
            {
                bytes += read;
            }

            await connection.SendAsync($"{bytes}");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, new string('x', 100_000));
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("100000", await ReadToEndAsync(client));
        await ClosedAsync(server, CloseReason.PeerClosed);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Input_that_was_never_read_does_not_destroy_the_reply()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync(new string('y', 700_000)).AsTask()));
        using var client = await ConnectAsync(server);

        await SendAsync(client, new string('x', 300_000));

        Assert.Equal(700_000, (await ReadToEndAsync(client)).Length);
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(100, 1)]
    public async Task An_echo_returns_every_byte_in_order(int connections, int mebibytesEach)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<EchoActor>());

        await Task.WhenAll(Enumerable.Range(0, connections).Select(async number =>
        {
            using var client = await ConnectAsync(server);
            var stream = client.GetStream();
            var data = new byte[mebibytesEach * 1024 * 1024];
            new Random(number).NextBytes(data);
            var sending = Task.Run(async () =>
            {
                await stream.WriteAsync(data);
                client.Client.Shutdown(SocketShutdown.Send);
            });
            var hash = await SHA256.HashDataAsync(stream).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
            await sending;
            Assert.Equal(SHA256.HashData(data), hash);
        }));

        await ClosedAsync(server, CloseReason.PeerClosed, connections);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_connection_actor_can_be_told_messages_by_anybody()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new AnnouncingActor(TestActor)));
        using var client = await ConnectAsync(server);

        var actor = await ExpectMsgAsync<IActorRef>(Deadline);
        actor.Tell("pushed");
        actor.Tell(42);
        actor.Tell(" twice");

        await ExpectAsync(client, "pushed twice");
        Assert.Equal("test-1", actor.Path.Name);
    }

    [Theory]
    [InlineData(typeof(EndTellingActor))]
    [InlineData(typeof(EndTellingHandler))]
    public async Task The_handler_is_told_the_end_once_with_its_reason(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart())
            .Handle(handler, () => Activator.CreateInstance(handler, TestActor)!));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "crash\n");
        await UntilAsync(() => server.Statistics.Restarts == 1, "restarted");

        client.Client.Shutdown(SocketShutdown.Send);

        await ExpectMsgAsync(CloseReason.PeerClosed, Deadline);
        await ClosedAsync(server, CloseReason.PeerClosed);
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    private sealed class EndTellingActor(IActorRef listener) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data) => throw new InvalidOperationException("asked to");

        protected override void OnClosed(CloseReason reason) => listener.Tell(reason);
    }

    private sealed class EndTellingHandler(IActorRef listener) : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            while (await Connection.ReadLineAsync() is not null)
            {
                throw new InvalidOperationException("asked to");
            }
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell(reason);
    }
}
