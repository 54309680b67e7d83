using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class HandlerLifeCycleTests : ServerTest
{
    [Fact]
    public async Task A_request_handler_is_set_up_handles_finishes_and_is_told_the_end_in_this_order()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new TellingHandler(TestActor)));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "go\n");

        Assert.Equal("done", await ReadToEndAsync(client));

        client.Close();
        foreach (var step in new[] { "setup", "handle", "finish", "closed LocalClosed" })
        {
            await ExpectMsgAsync(step, Deadline);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_a_restart_cannot_make_a_fresh_handler_the_failed_one_is_told_the_end_once(bool isActor)
    {
        var made = 0;
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart(max: 2));
            _ = isActor ? s.Handle(() => new FailingActor(TestActor, ++made)) : s.Handle(() => new FailingHandler(TestActor, ++made));
        });
        using var client = await ConnectAsync(server);

        await SendAsync(client, "crash\n");

        await ExpectMsgAsync("1 closed HandlerFailed", Deadline);
        await ClosedAsync(server, CloseReason.HandlerFailed);
        await ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Equal((3, 2), (made, server.Statistics.Restarts));
    }

    [Fact]
    public async Task A_connection_actor_is_told_that_its_server_stops_and_may_take_its_leave()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<LeavingActor>().Configure(o => o.DrainTimeout = Deadline));
        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Statistics.Active == 1, "connected");

        var stopping = server.StopAsync();

        Assert.Equal("we are closing", await ReadToEndAsync(client));
        client.Close();
        Assert.Equal(new StopReport(1, 0), await stopping.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_datagram_actor_can_be_told_messages_and_sends_without_being_asked()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle(() => new PushingPeer(TestActor)));
        using var client = OpenUdp(server);
        await client.SendAsync("subscribe"u8.ToArray());

        var peer = await ExpectMsgAsync<IActorRef>(Deadline);
        peer.Tell("news");

        Assert.Equal("news"u8.ToArray(), (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer);
    }

    [Fact]
    public async Task A_server_serves_all_of_its_endpoints()
    {
        var server = await StartAsync(s => s
            .Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Listen("udp://127.0.0.1:0")
            .Handle<CounterActor>().Handle<CounterPeer>());

        Assert.Equal(4, server.Endpoints.Distinct().Count());
        foreach (var endpoint in new[] { 0, 1 })
        {
            using var client = await ConnectAsync(server, endpoint);
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
        }

        foreach (var endpoint in new[] { 2, 3 })
        {
            using var client = OpenUdp(server, endpoint);
            Assert.Equal("1 a", await ExchangeAsync(client, "a"));
        }
    }

    [Fact]
    public async Task A_handler_that_completes_its_output_still_reads()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            await connection.SendAsync("your turn");
            await connection.CompleteOutputAsync();
            TestActor.Tell($"{await connection.ReadLineAsync()}");
        }));
        using var client = await ConnectAsync(server);

        Assert.Equal("your turn", await ReadToEndAsync(client));
        await SendAsync(client, "after FIN\n");

        await ExpectMsgAsync("after FIN", Deadline);
        client.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);
    }

    [Fact]
    public async Task An_abort_resets_the_connection()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            await connection.ReadLineAsync();
            connection.Abort();
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");

        var error = await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));

        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await ClosedAsync(server, CloseReason.LocalAborted);
        await AssertBalancedAsync(server);
    }

    private sealed class TellingHandler(IActorRef listener) : StreamRequestHandler
    {
        protected internal override Task SetupAsync()
        {
            listener.Tell("setup");
            return Task.CompletedTask;
        }

        protected internal override async Task HandleAsync()
        {
            await Connection.ReadLineAsync();
            listener.Tell("handle");
        }

        protected internal override Task FinishAsync()
        {
            listener.Tell("finish");
            Output.Write("done"u8);
            return Task.CompletedTask;
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell($"closed {reason}");
    }

    private sealed class LeavingActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
        }

        protected override void OnServerStopping()
        {
            Connection.Output.Write("we are closing"u8);
            Connection.Close();
        }
    }

    private sealed class PushingPeer : DatagramActor
    {
        private readonly IActorRef _listener;

        public PushingPeer(IActorRef listener)
        {
            _listener = listener;
            Receive<string>(text => Peer.Send(Encoding.UTF8.GetBytes(text)));
        }

        protected override void OnReceived(Datagram datagram) => _listener.Tell(Self);
    }

    private sealed class FailingHandler(IActorRef listener, int number) : StreamRequestHandler
    {
        private readonly int _number = number == 1 ? number : throw new IOException("no database");

        protected internal override async Task HandleAsync()
        {
            await Connection.ReadLineAsync();
            throw new InvalidOperationException("asked to");
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell($"{_number} closed {reason}");
    }

    private sealed class FailingActor(IActorRef listener, int number) : ConnectionActor
    {
        private readonly int _number = number == 1 ? number : throw new IOException("no database");

        protected override void OnReceived(in ReadOnlySequence<byte> data) => throw new InvalidOperationException("asked to");

        protected override void OnClosed(CloseReason reason) => listener.Tell($"{_number} closed {reason}");
    }
}
