using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ActorSockets.Tests.Faults;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Connected sockets that the server has not accepted itself.</summary>
public sealed class AdoptTests : ServerTest
{
    public static TheoryData<string, Type> FamiliesAndHandlers => new()
    {
        { "tcp", typeof(CounterActor) }, { "tcp", typeof(CounterHandler) }, { "unix", typeof(CounterActor) }, { "unix", typeof(CounterHandler) },
    };

    [Theory]
    [MemberData(nameof(FamiliesAndHandlers))]
    public async Task An_adopted_connection_is_served_like_an_accepted_one(string family, Type handler)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(handler, () => Activator.CreateInstance(handler)!));
        var (ours, theirs) = await PairAsync(family);
        using var client = theirs;

        server.AdoptConnection(ours);

        await client.SendAsync("a\nb\n"u8.ToArray());
        Assert.Equal("1 a\n2 b\n", await ReceiveAsync(client, 8));
        Assert.StartsWith(family, $"{server.Connections.Single().Endpoint}", StringComparison.Ordinal);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReceiveAsync(client, 1));
        await ClosedAsync(server, CloseReason.PeerClosed);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Everything_that_is_sent_over_an_adopted_connection_comes_back()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<EchoActor>());
        var (ours, theirs) = await PairAsync("unix");
        using var client = theirs;
        server.AdoptConnection(ours);
        var data = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);

        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < data.Length;)
            {
                sent += await client.SendAsync(data.AsMemory(sent));
            }

            client.Shutdown(SocketShutdown.Send);
        });
        using var stream = new NetworkStream(client);
        using var received = new MemoryStream();
        await stream.CopyToAsync(received).WaitAsync(Deadline);

        await sending;
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(received.ToArray()));
    }

    [Fact]
    public async Task An_adopted_connection_is_aborted_drained_and_limited_like_any_other()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MaxConnections = 1).RejectWith("full"u8.ToArray()));
        var (ours, theirs) = await PairAsync("tcp");
        using var client = theirs;
        server.AdoptConnection(ours);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        var (second, refusedSocket) = await PairAsync("tcp");
        using var refused = refusedSocket;

        server.AdoptConnection(second);
        Assert.Equal("full", await ReceiveAsync(refused, 5));

        Assert.Equal(new StopReport(0, 1), await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline));
        var error = await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(client, 1));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task A_reset_of_an_adopted_connection_is_a_reset_by_the_peer()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterHandler>());
        var (ours, theirs) = await PairAsync("tcp");
        server.AdoptConnection(ours);
        await theirs.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(theirs, 4));

        theirs.Close(timeout: 0);

        await ClosedAsync(server, CloseReason.PeerReset);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task What_is_not_connected_is_not_adopted_and_neither_is_anything_by_a_server_that_is_not_bound()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var unconnected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var (ours, theirs) = await PairAsync("tcp");
        using (ours)
        using (theirs)
        {
            Assert.Throws<ArgumentException>(() => server.AdoptConnection(unconnected));
            Assert.Throws<InvalidOperationException>(() => server.AdoptConnection(ours));
            Assert.True(ours.Connected);
        }
    }

    [Fact]
    public async Task An_adopted_connection_that_is_refused_sees_the_end_of_the_stream_whatever_it_has_sent()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MaxConnections = 1));
        using var served = await ConnectAsync(server);
        await UntilAsync(() => server.Statistics.Active == 1, "served");

        for (var i = 0; i < 20; i++)
        {
            var (ours, theirs) = await PairAsync("tcp");
            using var refused = theirs;
            await refused.SendAsync("hello\n"u8.ToArray());
            server.AdoptConnection(ours);
            Assert.Equal("", await ReceiveAsync(refused, 1));
        }

        Assert.Equal(20, server.Statistics.Refused[RefusalReason.ServerFull]);
    }

    [Fact]
    public async Task A_socket_that_its_giver_disposes_of_costs_itself_only()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.MaxConnections = 1));
        using var served = await ConnectAsync(server);
        await UntilAsync(() => server.Statistics.Active == 1, "served");

        for (var i = 0; i < 20; i++)
        {
            var (ours, theirs) = await PairAsync("tcp");
            server.AdoptConnection(ours);
            ours.Dispose();
            theirs.Dispose();
        }

        await UntilAsync(() => server.Statistics.Refused[RefusalReason.ServerFull] == 20, "all are refused");
        await SendAsync(served, "a\n");
        await ExpectAsync(served, "1 a\n");
    }

    [Fact]
    public async Task A_slow_but_steady_reader_of_an_adopted_unix_connection_is_not_cut()
    {
        var data = new string('x', 64 * 1024);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => connection.SendAsync(data).AsTask())
            .Configure(o => o.WriteStallTimeout = TimeSpan.FromSeconds(2)));
        var (ours, theirs) = await PairAsync("unix");
        using var client = theirs;
        ours.SendBufferSize = 8 * 1024;
        server.AdoptConnection(ours);

        // The pace is the fault: four seconds in all.
        var received = 0;
        while (await ReceiveAsync(client, 2048) is { Length: > 0 } piece)
        {
            received += piece.Length;
            await Task.Delay(TimeSpan.FromSeconds(4.0 / 32));
        }

        Assert.Equal(data.Length, received);
        await ClosedAsync(server, CloseReason.LocalClosed);
    }

    [Fact]
    [Proves("the server's own actor ends", "Completion")]
    public async Task A_socket_that_comes_when_the_server_can_take_it_no_more_is_closed()
    {
        using var end = new ManualResetEventSlim();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new LingeringActor(TestActor, end)));
        using var client = await ConnectAsync(server);
        await ExpectMsgAsync("connected", Deadline);
        Sys.Stop(server.Actor);
        await ExpectMsgAsync("ending", Deadline);
        var (ours, theirs) = await PairAsync("tcp");
        using var late = theirs;

        server.AdoptConnection(ours);
        end.Set();

        await server.Completion.WaitAsync(Deadline);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(late, 1));
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.NotServing]);
    }

    private sealed class LingeringActor(IActorRef listener, ManualResetEventSlim end) : ConnectionActor
    {
        protected override void OnConnected() => listener.Tell("connected");

        protected override void PostStop()
        {
            listener.Tell("ending");
            end.Wait(Deadline);
        }
    }
}
