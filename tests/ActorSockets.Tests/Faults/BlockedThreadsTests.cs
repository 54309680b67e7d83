using System.Buffers;
using System.Collections.Concurrent;

namespace ActorSockets.Tests.Faults;

/// <summary>Handlers that hold their thread, in all styles and on all dispatchers. They hold up whatever else the process does on such threads, so no other test runs beside.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class BlockedThreadsTests : LeftoverTest
{
    private const int Blocking = 2;

    private readonly ManualResetEventSlim _release = new();
    private readonly ConcurrentQueue<Peer> _blocked = new();

    public static TheoryData<ServerDispatcher, string> DispatchersAndStyles
    {
        get
        {
            var all = new TheoryData<ServerDispatcher, string>();
            foreach (var dispatcher in new[] { ServerDispatcher.EventLoop, ServerDispatcher.ThreadPool, ServerDispatcher.Blocking })
            {
                all.Add(dispatcher, "delegate");
                all.Add(dispatcher, "request handler");
                all.Add(dispatcher, "actor");
            }

            return all;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DispatchersAndStyles))]
    [Proves("a handler blocks its thread", "a thread of the pool")]
    [Proves("a handler blocks its thread", "one of the threads of dispatchers.blocking")]
    public async Task Others_are_served_meanwhile_and_it_goes_on_when_it_may(ServerDispatcher dispatcher, string style)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux has an event loop that another thread can take over");
        var before = Holdings.Count();
        var server = await StartAsync(s => Handle(s, style).Configure(o => o.Dispatcher = dispatcher));
        await using var bystander = await Bystander.JoinAsync(server);
        using var asking = OpenUdp(server, 1);
        Assert.Equal("a", await ExchangeAsync(asking, "a"));
        var clients = await Task.WhenAll(Enumerable.Range(0, Blocking).Select(_ => ConnectAsync(server)));
        var peers = Enumerable.Range(0, Blocking).Select(_ => OpenUdp(server, 1)).ToList();
        try
        {
            await Task.WhenAll(clients.Select(client => SendAsync(client, "block\n")));
            await Task.WhenAll(peers.Select(peer => peer.SendAsync("block"u8.ToArray()).AsTask()));
            await UntilAsync(() => _blocked.Count == 2 * Blocking, "all of them block", () => $"{_blocked.Count}");

            await bystander.IsServedAsync();
            Assert.Equal("b", await ExchangeAsync(asking, "b"));
            using var late = await ConnectAsync(server);
            await SendAsync(late, "late\n");
            await ExpectAsync(late, "late\n");
        }
        finally
        {
            _release.Set();
        }

        foreach (var (client, peer) in clients.Zip(peers))
        {
            await ExpectAsync(client, "block\n");
            client.Dispose();
            Assert.Equal("block"u8.ToArray(), (await peer.ReceiveAsync().WaitAsync(Deadline)).Buffer);
            peer.Dispose();
        }

        asking.Dispose();
        await bystander.LeaveAsync();
        await ClosedAsync(server, CloseReason.PeerClosed, Blocking + 2);
        Assert.Equal(0, (await server.StopAsync().WaitAsync(Deadline)).Aborted);
        await before.ComeBackAsync();
        await AssertBalancedAsync(server);
        Assert.Equal((0, 0), (server.Statistics.HandlerFailures, server.Statistics.DatagramsDropped.Values.Sum()));
    }

    /// <summary>As the documentation of <see cref="SocketServer.StopAsync"/> says: nothing can end a thread.</summary>
    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("actor")]
    public async Task A_stop_resets_the_connection_of_one_that_blocks_and_waits_for_its_thread_as_long_as_it_may(string style)
    {
        var server = await StartAsync(s => Handle(s, style).Configure(o => (o.Dispatcher, o.DrainTimeout) = (ServerDispatcher.Blocking, TimeSpan.FromMilliseconds(100))));
        using var client = await ConnectAsync(server);
        using var peer = OpenUdp(server, 1);
        try
        {
            await SendAsync(client, "block\n");
            await peer.SendAsync("block"u8.ToArray());
            await UntilAsync(() => _blocked.Count == 2, "both block");
            using var patience = new CancellationTokenSource();
            var stopping = server.StopAsync(cancellationToken: patience.Token);

            await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => ReadToEndAsync(client));
            Assert.False(server.Completion.IsCompleted);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping.WaitAsync(Deadline));
            Assert.Equal(ServerState.Stopping, server.State);

            // One is cut after the other: released before it is, the second would have finished in time.
            await UntilAsync(() => _blocked.All(peer => peer.CloseReason == CloseReason.DrainTimeout), "both are cut");
        }
        finally
        {
            _release.Set();
        }

        Assert.Equal(new StopReport(0, 2), await server.Completion.WaitAsync(Deadline));
        Assert.Equal(2, server.Statistics.Closed[CloseReason.DrainTimeout]);
        await AssertBalancedAsync(server);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _release.Dispose();
    }

    private SocketServerBuilder Handle(SocketServerBuilder server, string style)
    {
        server.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0");
        return style switch
        {
            "delegate" => server.Handle(EchoAsync).HandleDatagram(datagram =>
            {
                Echo(datagram);
                return Task.CompletedTask;
            }),
            "request handler" => server.Handle(() => new Handler(this)).Handle(() => new PeerHandler(this)),
            _ => server.Handle(() => new BlockingActor(this)).Handle(() => new BlockingPeer(this)),
        };
    }

    private async Task EchoAsync(Connection connection)
    {
        await foreach (var line in connection.ReadLinesAsync())
        {
            BlockAt(line.ToString() == "block", connection);
            await connection.SendAsync($"{line}\n");
        }
    }

    private void Echo(Datagram datagram)
    {
        BlockAt(datagram.Data.Span.SequenceEqual("block"u8), datagram.Peer);
        datagram.Reply(datagram.Data);
    }

    private void BlockAt(bool isAsked, Peer peer)
    {
        if (isAsked)
        {
            _blocked.Enqueue(peer);
            _release.Wait();
        }
    }

    private sealed class Handler(BlockedThreadsTests test) : StreamRequestHandler
    {
        protected internal override Task HandleAsync() => test.EchoAsync(Connection);
    }

    private sealed class PeerHandler(BlockedThreadsTests test) : DatagramRequestHandler
    {
        protected internal override Task HandleAsync()
        {
            test.Echo(Datagram);
            return Task.CompletedTask;
        }
    }

    private sealed class BlockingActor(BlockedThreadsTests test) : ConnectionActor(FrameReader.Lines())
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            test.BlockAt(frame.FirstSpan.SequenceEqual("block"u8), Connection);
            FrameWriter.Lines().Write(Connection.Output, frame);
        }
    }

    private sealed class BlockingPeer(BlockedThreadsTests test) : DatagramActor
    {
        protected override void OnReceived(Datagram datagram) => test.Echo(datagram);
    }
}
