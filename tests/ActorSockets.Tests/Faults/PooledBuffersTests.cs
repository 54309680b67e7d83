using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;

namespace ActorSockets.Tests.Faults;

/// <summary>However connections and datagrams end: what was rented for them goes back to its pool.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class PooledBuffersTests : ServerTest
{
    private const int Clients = 10;
    private static readonly byte[] Much = new byte[1024 * 1024];
    private readonly PoolLedger _ledger = new();

    protected override void AfterAll()
    {
        _ledger.Dispose();
        base.AfterAll();
    }

    [Fact]
    public async Task Connections_that_end_by_themselves_return_all()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(EchoAsync));
        await EachAsync(server, async (client, number) =>
        {
            await client.GetStream().WriteAsync(Much.AsMemory(0, 1 << (2 * number)));
            await ReceiveAsync(client.Client, 1 << (2 * number));
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal("", await ReadToEndAsync(client));
        });

        await AssertReturnedAsync(server, BufferSegment.SmallArrays, BufferSegment.LargeArrays);
        Assert.Equal(0, _ledger.AbandonedNow);
    }

    [Theory]
    [InlineData("nothing was read")]
    [InlineData("read and not consumed")]
    [InlineData("consumed in part")]
    [InlineData("more comes")]
    public async Task A_handler_that_leaves_input_unread_keeps_nothing(string what)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            if (what == "nothing was read")
            {
                await connection.Input.ReadAtLeastAsync(1);
                connection.Input.AdvanceTo(default);
                return;
            }

            var read = await connection.Input.ReadAtLeastAsync(5000);
            if (what == "consumed in part")
            {
                connection.Input.AdvanceTo(read.Buffer.GetPosition(4100));
            }
        }));
        await EachAsync(server, async (client, _) =>
        {
            await client.GetStream().WriteAsync(Much.AsMemory(0, 9000));
            if (what == "more comes")
            {
                await client.GetStream().WriteAsync(Much.AsMemory(0, 200_000));
            }

            Assert.Equal("", await ReadToEndAsync(client));
        });

        await AssertReturnedAsync(server, BufferSegment.SmallArrays);
    }

    [Theory]
    [InlineData("close")]
    [InlineData("restart")]
    [InlineData("resume")]
    public async Task Handlers_that_crash_in_the_middle_of_reading_and_writing_return_all(string policy)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var read = await connection.Input.ReadAsync();
            if (read.Buffer.IsEmpty && read.IsCompleted)
            {
                return;
            }

            connection.Output.Write("said"u8);
            connection.Output.GetSpan(10_000)[0] = (byte)'!';
            throw new InvalidOperationException("in the middle");
        }).OnFailure(policy switch { "close" => RestartPolicy.Close, "restart" => RestartPolicy.Restart(max: 2), _ => RestartPolicy.Resume(max: 2) }));
        await EachAsync(server, async (client, _) =>
        {
            await client.GetStream().WriteAsync(Much.AsMemory(0, 6000));
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.StartsWith("said", await ReadToEndAsync(client), StringComparison.Ordinal);
        });

        await AssertReturnedAsync(server, BufferSegment.SmallArrays);
        Assert.InRange(server.Statistics.HandlerFailures, Clients, long.MaxValue);
    }

    [Fact]
    public async Task Actors_that_crash_while_they_handle_return_all()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CrashingActor>().OnFailure(RestartPolicy.Restart(max: 3)));
        await EachAsync(server, async (client, _) =>
        {
            await client.GetStream().WriteAsync(Much.AsMemory(0, 50_000));
            client.Client.Shutdown(SocketShutdown.Send);
            await IgnoringResetsAsync(() => ReadToEndAsync(client));
        });

        await AssertReturnedAsync(server, BufferSegment.SmallArrays);
        Assert.InRange(server.Statistics.HandlerFailures, Clients, long.MaxValue);
    }

    [Fact]
    public async Task Clients_that_reset_in_the_middle_leave_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(EchoAsync));
        await EachAsync(server, async (client, _) =>
        {
            // Much more than is read back, so that it stands still on both sides.
            await client.GetStream().WriteAsync(Much.AsMemory(0, 100_000));
            await ReceiveAsync(client.Client, 1000);
            client.LingerState = new LingerOption(true, 0);

            // The socket itself: a TcpClient would shut it down first.
            client.Client.Close();
        });

        await AssertReturnedAsync(server, BufferSegment.SmallArrays, BufferSegment.LargeArrays);
        Assert.Equal(Clients, server.Statistics.Closed[CloseReason.PeerReset]);
    }

    [Theory]
    [InlineData("aborted")]
    [InlineData("too slow")]
    [InlineData("stopped")]
    public async Task Output_that_will_never_be_sent_is_returned_or_abandoned(string how)
    {
        var written = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            // More than sockets and clients take, and less than ends it where that is not the subject.
            connection.Output.Write(Much.AsSpan(0, 700_000));
            var flushing = connection.FlushAsync();
            Interlocked.Increment(ref written);
            if (how == "aborted")
            {
                connection.Abort();
            }

            await flushing;
            await Task.Delay(Timeout.Infinite, connection.ServerStopping);
        }).Configure(o => (o.SendBuffer, o.WriteLimit, o.DrainTimeout) = (8192, how == "too slow" ? 600_000 : 1_000_000, TimeSpan.Zero)));
        var clients = new List<TcpClient>();
        for (var number = 0; number < Clients; number++)
        {
            var client = new TcpClient { ReceiveBufferSize = 4096 };

            // Reset at once where that is the subject, so that it may be told by the connect already.
            await IgnoringResetsAsync(() => client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port).WaitAsync(Deadline));
            clients.Add(client);
        }

        await UntilAsync(() => Volatile.Read(ref written) == Clients, "all were written to");
        if (how == "stopped")
        {
            Assert.True(_ledger.Open.Count >= Clients, $"something waits to be sent: {_ledger}");
            await server.StopAsync().WaitAsync(Deadline);
        }

        await UntilAsync(() => server.Connections.Count == 0, "all have ended");
        await AssertReturnedAsync(server, BufferSegment.SmallArrays);
        Assert.InRange(_ledger.AbandonedNow, 0, Clients);
        Assert.Equal(Clients, server.Statistics.Closed[how switch { "aborted" => CloseReason.LocalAborted, "too slow" => CloseReason.SlowConsumer, _ => CloseReason.DrainTimeout }]);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Clients_that_are_refused_cost_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(EchoAsync)
            .Configure(o => (o.MaxConnections, o.Overflow, o.RejectWith) = (1, Overflow.Reject, "full\n"u8.ToArray())));
        using var first = await ConnectAsync(server);
        await SendAsync(first, "a");
        await ExpectAsync(first, "a");
        await EachAsync(server, async (client, _) => Assert.Equal("full\n", await ReadToEndAsync(client)));
        first.Close();

        await AssertReturnedAsync(server, BufferSegment.SmallArrays);
        Assert.Equal(Clients, server.Statistics.Refused.Values.Sum());
    }

    [Fact]
    public async Task Files_and_frames_of_several_segments_return_what_they_were_put_together_in()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var frame = await connection.ReadFrameAsync(FrameReader.LengthPrefix(LengthPrefix.UInt32BigEndian, 100_000));
            FrameWriter.Lines().Write(connection.Output, Cut(frame!));
            using var file = new MemoryStream(Much, 0, 300_000);
            await connection.SendFileAsync(file);
            Assert.Throws<ArgumentException>(() => FrameWriter.Lines().Write(connection.Output, Cut("a\nb"u8.ToArray())));
        }));
        await EachAsync(server, async (client, number) =>
        {
            await client.GetStream().WriteAsync(new byte[] { 0, 0, 0x80, 0 });
            await client.GetStream().WriteAsync(Much.AsMemory(0, 0x8000));
            if (number % 2 == 0)
            {
                Assert.Equal(0x8000 + 1 + 300_000, (await ReadToEndAsync(client)).Length);
            }
        });

        await AssertReturnedAsync(server, BufferSegment.SmallArrays, BufferSegment.LargeArrays, ArrayPool<byte>.Shared);
    }

    [Theory]
    [InlineData("handled")]
    [InlineData("dropped in a full queue")]
    [InlineData("rejected")]
    [InlineData("failed")]
    [InlineData("of a peer that is closed")]
    [InlineData("under way when the server stops")]
    public async Task Datagrams_are_returned_whatever_becomes_of_them(string what)
    {
        var gate = new TaskCompletionSource();
        var begun = 0;
        DatagramPeer? peer = null;
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").HandleDatagram(async datagram =>
        {
            peer = datagram.Peer;
            Interlocked.Increment(ref begun);
            if (what is "dropped in a full queue" or "of a peer that is closed" or "under way when the server stops")
            {
                await gate.Task;
            }

            if (what == "failed")
            {
                throw new InvalidOperationException("failed");
            }
        }).VerifyDatagram(_ => ValueTask.FromResult(what != "rejected")).Configure(o => (o.DatagramQueue, o.DrainTimeout) = (4, TimeSpan.Zero)));
        const int Datagrams = 12;
        using var client = OpenUdp(server);
        for (var number = 0; number < Datagrams; number++)
        {
            await client.SendAsync(Much.AsMemory(0, number % 3 == 2 ? 20_000 : 1 + number * 100));
            await UntilAsync(() => server.Statistics.DatagramsReceived == number + 1, "it has arrived");
        }

        if (what == "of a peer that is closed")
        {
            await UntilAsync(() => Volatile.Read(ref begun) == 1, "the first is under way");
            peer!.Abort();
            await UntilAsync(() => server.Statistics.DatagramsDropped[DropReason.PeerClosed] > 0, "those that wait are dropped");
        }

        if (what is "under way when the server stops")
        {
            await UntilAsync(() => Volatile.Read(ref begun) == 1, "the first is under way");
            await server.StopAsync().WaitAsync(Deadline);
        }

        gate.TrySetResult();
        await UntilAsync(() => server.Statistics.DatagramsHandled + server.Statistics.DatagramsDropped.Values.Sum() == Datagrams, "all are done with");
        await AssertReturnedAsync(server, WaitingDatagram.SmallBuffers, ArrayPool<byte>.Shared);
        Assert.InRange(_ledger.AbandonedNow, 0, what is "of a peer that is closed" or "under way when the server stops" ? 1 : 0);
        var drop = what switch
        {
            "dropped in a full queue" => DropReason.QueueFull,
            "rejected" => DropReason.Rejected,
            "failed" => DropReason.HandlerFailed,
            "handled" => (DropReason?)null,
            _ => DropReason.PeerClosed,
        };
        Assert.Equal(drop is null ? 0 : 1, server.Statistics.DatagramsDropped.Count(dropped => dropped.Value > 0 && dropped.Key == drop));
    }

    private static async Task EchoAsync(Connection connection)
    {
        while (await connection.Input.ReadAsync() is { Buffer.IsEmpty: false } read)
        {
            foreach (var piece in read.Buffer)
            {
                await connection.Output.WriteAsync(piece);
            }

            connection.Input.AdvanceTo(read.Buffer.End);
        }
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes)
    {
        var first = new Piece(bytes.AsMemory(0, 1));
        var last = first.Append(bytes.AsMemory(1));
        return new ReadOnlySequence<byte>(first, 0, last, bytes.Length - 1);
    }

    private static async Task EachAsync(SocketServer server, Func<TcpClient, int, Task> talk)
    {
        var clients = Enumerable.Range(0, Clients).Select(async number =>
        {
            using var client = await ConnectAsync(server);
            await talk(client, number);
        });
        await Task.WhenAll(clients).WaitAsync(Deadline);
    }

    /// <summary>The threads of the event loop keep some for the next connection, and rent none for it.</summary>
    private static bool IsKept(ArrayPool<byte> pool) => Dispatcher == "event-loop" && pool == BufferSegment.SmallArrays;

    private static async Task IgnoringResetsAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // As good as the end of the stream here.
        }
    }

    /// <summary>All have ended, and something was rented from each of the pools.</summary>
    private async Task AssertReturnedAsync(SocketServer server, params ArrayPool<byte>[] pools)
    {
        await UntilAsync(() => server.Connections.Count == 0, "all have ended");
        await AssertBalancedAsync(server);
        Assert.All(pools.Where(pool => !IsKept(pool)), pool => Assert.InRange(_ledger.RentsFrom(pool), 1, int.MaxValue));
        await UntilAsync(() => _ledger.IsBalanced, "all is returned", _ledger.ToString);
    }

    /// <summary>Writes, and fails at each second call.</summary>
    private sealed class CrashingActor : ConnectionActor
    {
        private bool _failsNext;

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            Connection.Output.Write(data.FirstSpan);
            Connection.Output.GetSpan(5000)[0] = 1;
            _failsNext = !_failsNext;
            if (!_failsNext || data.Length > 100)
            {
                throw new InvalidOperationException("in the middle");
            }
        }
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
