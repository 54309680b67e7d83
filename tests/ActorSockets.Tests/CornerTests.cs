using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Ends, closes and failures that meet each other.</summary>
public sealed class CornerTests : ServerTest
{
    [Fact]
    public async Task A_farewell_to_a_client_that_is_gone_already_harms_nobody_else()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().RejectWith("busy\n"u8.ToArray()).Configure(o => o.MaxConnections = 1));
        using var served = await ConnectAsync(server);
        await SendAsync(served, "a\n");
        await ExpectAsync(served, "1 a\n");
        for (var i = 1; i <= 20; i++)
        {
            server.AdoptConnection(await ResetSocketAsync());
            await UntilAsync(() => server.Statistics.Refused[RefusalReason.ServerFull] == i, "refused");
        }

        await SendAsync(served, "b\n");
        await ExpectAsync(served, "2 b\n");
        Assert.Equal(ServerState.Serving, server.State);
    }

    [Fact]
    public async Task A_CloseAsync_that_is_not_waited_for_closes_all_the_same()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>());
        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Connections.Count == 1, "connected");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Connections.Single().CloseAsync(new CancellationToken(canceled: true)));

        Assert.Equal("", await ReadToEndAsync(client));
    }

    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    public async Task A_handler_whose_connection_has_ended_may_await_the_stop_of_its_server(string how)
    {
        SocketServer? server = null;
        var stopped = new TaskCompletionSource<StopReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            await Record.ExceptionAsync(() => connection.ReadLineAsync().AsTask());
            if (how == "close")
            {
                await connection.CloseAsync();
            }

            stopped.SetResult(await server!.StopAsync(Timeout.InfiniteTimeSpan));
        }));
        using var client = await ConnectAsync(server);
        await UntilAsync(() => server.Connections.Count == 1, "connected");
        if (how == "close")
        {
            await SendAsync(client, "quit\n");
            Assert.Equal("", await ReadToEndAsync(client));
        }

        client.Client.Close(timeout: 0);

        Assert.Equal(0, (await stopped.Task.WaitAsync(Deadline)).Aborted);
    }

    [Fact]
    public async Task A_timeout_of_zero_serves_who_waits_already_and_leaves_nothing_behind_when_nobody_does()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync("hello").AsTask()));
        await server.BindAsync();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(ServeOutcome.TimedOut, await server.ServeOneAsync(TimeSpan.Zero));
        }

        using var client = await ConnectAsync(server);
        var outcome = ServeOutcome.TimedOut;
        while (outcome == ServeOutcome.TimedOut)
        {
            outcome = await server.ServeOneAsync(TimeSpan.Zero).WaitAsync(Deadline);
        }

        Assert.Equal(ServeOutcome.Handled, outcome);
        Assert.Equal("hello", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Serving_one_ends_with_its_server_however_that_ends()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        await server.BindAsync();

        Sys.Stop(server.Actor);
        var serving = server.ServeOneAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => serving.WaitAsync(Deadline));
        await server.Completion.WaitAsync(Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ServeOneAsync());
    }

    [Theory]
    [InlineData("datagram actor", false)]
    [InlineData("datagram actor", true)]
    [InlineData("delegate", false)]
    [InlineData("delegate", true)]
    public async Task A_datagram_that_is_cut_while_it_is_verified_is_in_the_books(string style, bool byHandlerTimeout)
    {
        var verifying = new TaskCompletionSource();
        var server = Sys.SocketServers().Create("test", s => (style == "delegate" ? s.HandleDatagram(_ => Task.CompletedTask) : s.Handle<CounterPeer>())
            .Listen("udp://127.0.0.1:0").Configure(o => o.HandlerTimeout = byHandlerTimeout ? TimeSpan.FromMilliseconds(100) : null)
            .VerifyDatagram(async datagram =>
            {
                verifying.TrySetResult();
                await Task.Delay(Timeout.Infinite, datagram.Peer.Closed);
                return true;
            }));
        await server.BindAsync();
        var serving = server.ServeOneAsync();
        using var client = OpenUdp(server);
        await client.SendAsync("a"u8.ToArray());
        await verifying.Task.WaitAsync(Deadline);

        if (!byHandlerTimeout)
        {
            await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline);
        }

        await serving.WaitAsync(Deadline);
        await AssertBalancedAsync(server);
        Assert.Equal(1, server.Statistics.DatagramsDropped[DropReason.PeerClosed]);
    }

    [Fact]
    public async Task A_frame_that_came_in_time_is_not_given_up_because_its_actor_was_busy()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<BusyActor>().Configure(o => o.FrameTimeout = TimeSpan.FromMilliseconds(400)));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "par");
        await UntilAsync(() => server.Connections.SingleOrDefault()?.BytesReceived == 3, "the frame has begun");

        server.Connections.Single().Self.Tell("be busy", ActorRefs.NoSender);
        await SendAsync(client, "tial\n");

        await ExpectAsync(client, "partial");
    }

    [Fact]
    public async Task The_frame_timeout_holds_also_where_the_handler_gives_up_reading_and_reads_again()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Configure(o => o.FrameTimeout = TimeSpan.FromMilliseconds(300)).Handle(async connection =>
        {
            while (connection.CloseReason is null)
            {
                using var poll = new CancellationTokenSource(50);
                await Record.ExceptionAsync(() => connection.ReadLineAsync(cancellationToken: poll.Token).AsTask());
            }
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "par");

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.FrameTimeout);
    }

    [Theory]
    [InlineData(typeof(CounterActor))]
    [InlineData(typeof(CounterHandler))]
    public async Task A_verification_that_is_cancelled_has_failed_and_turns_its_connection_down(Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!).Verify(async _ =>
        {
            await Task.Delay(Timeout.Infinite, new CancellationTokenSource(20).Token);
            return true;
        }));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        client.Close();
        await ClosedAsync(server, CloseReason.Rejected);
        Assert.Equal(1, server.Statistics.HandlerFailures);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Finish_runs_also_where_a_failure_that_was_to_be_resumed_cannot_be(bool abortsWhenAsked)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Resume()).Handle(() => new AbortingHandler(TestActor, abortsWhenAsked)));
        using var client = new TcpClient();

        // It may be cut before it knows that it is connected.
        await Task.WhenAny(client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port)).WaitAsync(Deadline);

        foreach (var step in new[] { "handle", "finish", "closed LocalAborted" })
        {
            await ExpectMsgAsync(step, Deadline);
        }
    }

    [Theory]
    [InlineData(OnFailure.Resume, CloseReason.LocalClosed)]
    [InlineData(OnFailure.Restart, CloseReason.HandlerFailed)]
    public async Task A_handler_that_has_closed_and_then_fails_is_not_called_again(OnFailure onFailure, CloseReason reason)
    {
        var calls = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(new RestartPolicy(onFailure, 5, TimeSpan.FromMinutes(1))).Handle(connection =>
        {
            Interlocked.Increment(ref calls);
            connection.Close();
            throw new InvalidOperationException("asked to");
        }));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        client.Close();
        await ClosedAsync(server, reason);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_datagram_endpoint_that_is_lost_when_its_server_is_suspended_comes_back()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>().Configure(o => o.MinRebindBackoff = TimeSpan.FromMilliseconds(300)));
        Sys.Stop(await Sys.ActorSelection(server.Actor.Path / "listeners" / "*").ResolveOne(Deadline));
        await UntilAsync(() => server.LostEndpoints.Count == 1, "lost");

        await server.SuspendAsync().WaitAsync(Deadline);
        await server.ResumeAsync().WaitAsync(Deadline);

        Assert.Empty(server.LostEndpoints);
        using var client = OpenUdp(server);
        Assert.Equal("1 a", await ExchangeAsync(client, "a"));
    }

    [Fact]
    public async Task A_second_read_at_a_time_is_refused_and_does_not_harm_the_first()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var first = connection.ReadLineAsync().AsTask();
            for (var i = 0; i < 2; i++)
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ReadLineAsync().AsTask());
            }

            await connection.SendAsync("refused\n");
            await connection.SendAsync($"{await first}");
        }));
        using var client = await ConnectAsync(server);
        await ExpectAsync(client, "refused\n");
        await SendAsync(client, "line\n");

        Assert.Equal("line", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task An_adopted_IPv4_peer_of_a_dual_stack_socket_has_an_IPv4_address()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync($"{connection.RemoteEndPoint}").AsTask()));
        using var listener = TcpListener.Create(0);
        listener.Start();
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);

        server.AdoptConnection(await listener.AcceptSocketAsync());

        Assert.Equal($"{client.Client.LocalEndPoint}", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_run_that_is_stopped_while_it_starts_returns()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());

        var running = server.RunAsync();
        await server.StopAsync().WaitAsync(Deadline);

        Assert.Equal(default, await running.WaitAsync(Deadline));
    }

    /// <summary>A connected socket whose other side has reset it.</summary>
    private static async Task<Socket> ResetSocketAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndpoint);
        var accepted = await listener.AcceptSocketAsync();
        peer.Close(timeout: 0);
        return accepted;
    }

    private sealed class BusyActor : ConnectionActor
    {
        public BusyActor()
            : base(FrameReader.Lines()) => ReceiveAsync<string>(_ => Task.Delay(1500));

        protected override void OnFrame(in ReadOnlySequence<byte> frame) => Connection.Output.Write(frame.ToArray());
    }

    private sealed class AbortingHandler(IActorRef listener, bool abortsWhenAsked) : StreamRequestHandler
    {
        protected internal override Task HandleAsync()
        {
            listener.Tell("handle");
            Abort(!abortsWhenAsked);
            throw new InvalidOperationException("asked to");
        }

        protected internal override Task FinishAsync()
        {
            listener.Tell("finish");
            return Task.CompletedTask;
        }

        protected internal override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            Abort(abortsWhenAsked);
            return base.OnErrorAsync(context);
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell($"closed {reason}");

        private void Abort(bool aborts)
        {
            if (aborts)
            {
                Connection.Abort();
            }
        }
    }
}
