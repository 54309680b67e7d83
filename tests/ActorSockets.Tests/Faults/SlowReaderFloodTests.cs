using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests.Faults;

/// <summary>Clients that never read what they asked for, and actors that never stop telling their connections.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class SlowReaderFloodTests : LeftoverTest
{
    private const int Readers = 100;
    private const int Tells = 100_000;
    private const int WriteLimit = 256 * 1024;

    // Not of one connection: what else is going on in the process.
    private const int Else = 16 * 1024 * 1024;

    private static readonly byte[] Piece = new byte[64 * 1024];

    private long _pushed;
    private long _mostUnsent;

    [SkippableTheory]
    [InlineData("write-limit")]
    [InlineData("write-stall-timeout")]
    public async Task A_hundred_who_never_read_cost_no_more_than_write_limit_each(string limit)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0").Configure(o => (o.WriteLimit, o.WriteStallTimeout) = (WriteLimit, limit == "write-limit" ? Deadline : TimeSpan.FromSeconds(2)));
            _ = limit == "write-limit" ? s.Handle(() => new PushingActor(this)) : s.Handle(PourAsync);
        });
        var holdings = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);
        var before = GC.GetTotalMemory(true);

        var clients = Enumerable.Range(0, Readers).Select(_ => new TcpClient { ReceiveBufferSize = 4096 }).ToList();
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port).WaitAsync(Deadline);
            await SendAsync(client, "push\n");
        }));
        var memory = 0L;
        await UntilAsync(
            () =>
            {
                if (memory == 0 && server.Connections.Count(connection => connection.Unsent > 0) == Readers)
                {
                    // All of them are stuck at this moment.
                    memory = GC.GetTotalMemory(true) - before;
                }

                return server.Statistics.Closed[CloseReason.SlowConsumer] == Readers;
            },
            "all are cut",
            () => string.Join(", ", server.Statistics.Closed.Where(closed => closed.Value > 0)));

        // What makes it too much is there before it is.
        Assert.InRange(Interlocked.Read(ref _mostUnsent), 1, WriteLimit + Piece.Length);
        Assert.InRange(memory, limit == "write-limit" ? 0 : 1, (Readers * (long)WriteLimit) + Else);
        Assert.True(Interlocked.Read(ref _pushed) > Readers * (long)WriteLimit, "more was pushed than may be held");
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, Else);
        await Task.WhenAll(clients.Select(IsResetAsync));
        await bystander.LeaveAsync();
        await AssertNothingIsLeftAsync(server, holdings);
        await UntilAsync(() => Sys.SocketServers().MemoryHeld == 0, "nothing is held");
    }

    [SkippableFact]
    public async Task A_hundred_thousand_messages_to_a_connection_whose_client_does_not_read_end_it_and_nobody_else()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new PushingActor(this)));
        var holdings = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);
        using var stuck = await ConnectAsync(server);
        var connection = await OfAsync(server, stuck);
        var before = GC.GetTotalMemory(true);

        var message = new string('z', 1000);
        for (var told = 0; told < Tells; told++)
        {
            connection.Self.Tell(message, ActorRefs.NoSender);
        }

        await ClosedAsync(server, CloseReason.SlowConsumer);
        Assert.InRange(Interlocked.Read(ref _mostUnsent), 1, new SocketServerOptions().WriteLimit + Piece.Length);
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, Else);
        await IsResetAsync(stuck);
        await bystander.LeaveAsync();
        await AssertNothingIsLeftAsync(server, holdings);
    }

    /// <summary>Akka's mailboxes have no bound: they hold what is told, not the connection. It is the sender who must not tell more than is handled.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hundred_thousand_messages_to_a_handler_that_blocks_wait_in_its_mailbox_and_go_with_it(bool isReset)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        using var release = new ManualResetEventSlim();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new PushingActor(this)).Configure(o => o.Dispatcher = ServerDispatcher.Blocking));
        var holdings = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);
        using var client = await ConnectAsync(server);
        var connection = await OfAsync(server, client);
        var before = GC.GetTotalMemory(true);
        try
        {
            connection.Self.Tell(release, ActorRefs.NoSender);
            TellNumbers(connection.Self);
            await bystander.IsServedAsync();

            // An array of 128 bytes each, at least.
            Assert.True(GC.GetTotalMemory(true) - before > Tells * 128, "they wait");
            Assert.Equal((0, 0), (connection.Unsent, Interlocked.Read(ref _pushed)));
            if (isReset)
            {
                client.Client.Close(timeout: 0);
                await UntilAsync(() => connection.CloseReason == CloseReason.PeerReset, "the reset is noticed");
            }
        }
        finally
        {
            release.Set();
        }

        if (isReset)
        {
            await ClosedAsync(server, CloseReason.PeerReset);
            Assert.Equal(0, Interlocked.Read(ref _pushed));
        }
        else
        {
            await UntilAsync(() => Interlocked.Read(ref _pushed) == Tells, "all are handled", () => $"{_pushed}");
            client.Close();
        }

        await bystander.LeaveAsync();
        await AssertNothingIsLeftAsync(server, holdings);
        await UntilAsync(() => GC.GetTotalMemory(true) - before < Else / 2, "the mailbox is gone", () => $"{GC.GetTotalMemory(true) - before}");
    }

    private static void TellNumbers(IActorRef connection)
    {
        for (var told = 0; told < Tells; told++)
        {
            var message = new byte[128];
            BitConverter.TryWriteBytes(message, told);
            connection.Tell(message, ActorRefs.NoSender);
        }
    }

    private static async Task<Connection> OfAsync(SocketServer server, TcpClient client)
    {
        Connection? connection = null;
        await UntilAsync(
            () => (connection = server.Connections.SingleOrDefault(each => each.RemoteEndPoint.Equals(AddressOf(client)))) is { Self: var self } && !self.IsNobody(),
            "connected");
        return connection!;
    }

    private static async Task IsResetAsync(TcpClient client)
    {
        var error = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await client.Client.ReceiveAsync(new byte[4096]).WaitAsync(Deadline) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        client.Dispose();
    }

    private void NoteUnsent(Connection connection)
    {
        for (var most = Interlocked.Read(ref _mostUnsent); connection.Unsent is var unsent && unsent > most; most = Interlocked.Read(ref _mostUnsent))
        {
            Interlocked.CompareExchange(ref _mostUnsent, unsent, most);
        }
    }

    /// <summary>Sends each line back, and at "push" sends without end, waiting for the client each time.</summary>
    private async Task PourAsync(Connection connection)
    {
        await foreach (var line in connection.ReadLinesAsync())
        {
            while (line.ToString() == "push")
            {
                Interlocked.Add(ref _pushed, Piece.Length);
                var sending = connection.SendAsync(Piece);
                NoteUnsent(connection);
                await sending;
            }

            await connection.SendAsync($"{line}\n");
        }
    }

    /// <summary>Sends each line back, and what it is told; at "push" it goes on telling itself.</summary>
    private sealed class PushingActor : ConnectionActor
    {
        public PushingActor(SlowReaderFloodTests test)
            : base(FrameReader.Lines())
        {
            var next = 0;
            Receive<string>(text =>
            {
                Connection.Output.Write(Encoding.ASCII.GetBytes(text));
                test.NoteUnsent(Connection);
            });
            Receive<ManualResetEventSlim>(release => release.Wait());
            Receive<byte[]>(numbered =>
            {
                Assert.Equal(next++, BitConverter.ToInt32(numbered));
                Interlocked.Increment(ref test._pushed);
            });
            Receive<PushingActor>(self =>
            {
                Interlocked.Add(ref test._pushed, Piece.Length);
                Connection.Output.Write(Piece);
                test.NoteUnsent(Connection);
                Self.Tell(self);
            });
        }

        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            if (frame.FirstSpan.SequenceEqual("push"u8))
            {
                Self.Tell(this);
                return;
            }

            FrameWriter.Lines().Write(Connection.Output, frame);
        }
    }
}
