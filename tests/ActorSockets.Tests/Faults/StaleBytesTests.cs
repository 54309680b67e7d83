using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using ActorSockets.Connections;

namespace ActorSockets.Tests.Faults;

/// <summary>
/// Servers that answer with what they were sent, in pools that are full of poison, with handlers that write in parts and crash and with clients that reset:
/// each byte that comes back is the one that was sent.
/// </summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class StaleBytesTests : ServerTest
{
    private const int Clients = 12;
    private const int Rounds = 4;
    private const int FramesPerRound = 40;
    private const int MaxFrame = 100_000;
    private const int MaxDatagram = 30_000;

    // The first byte of a frame says what is done with it.
    private const byte Echo = 0;
    private const byte Crash = 1;

    private static readonly FrameReader Frames = FrameReader.LengthPrefix(LengthPrefix.UInt32BigEndian, MaxFrame);
    private readonly int _seed = Environment.TickCount;

    // The kernel drops what its buffer has no room for.
    private readonly SemaphoreSlim _large = new(1);

    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("connection actor")]
    public async Task Streams_carry_nothing_but_what_was_sent(string handler)
    {
        using var ledger = new PoolLedger();
        using var poisoned = new PoisonedPools(ledger);
        var server = await StartAsync(s => (handler switch
        {
            "delegate" => s.Listen("tcp://127.0.0.1:0").Handle(EchoFramesAsync),
            "request handler" => s.Listen("tcp://127.0.0.1:0").Handle<EchoHandler>(),
            _ => s.Listen("tcp://127.0.0.1:0").Handle<EchoingActor>(),
        }).OnFailure(RestartPolicy.Restart(max: -1)));

        var resets = await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => TalkAsync(server, new Random(_seed + number)))).WaitAsync(2 * Deadline);

        Assert.InRange(resets.Sum(), 1, Clients * Rounds);
        await UntilAsync(() => server.Connections.Count == 0, "all have ended");
        Assert.InRange(server.Statistics.Closed[CloseReason.PeerReset], 1, resets.Sum());
        Assert.InRange(server.Statistics.Restarts, Clients, long.MaxValue);
        Assert.InRange(ledger.RentsOfMarkedFrom(BufferSegment.LargeArrays), 1, int.MaxValue);

        // Where threads keep some, these have the poison too, and nobody tells how often they are lent.
        Assert.InRange(ledger.RentsOfMarkedFrom(BufferSegment.SmallArrays), Dispatcher == "event-loop" ? 0 : 1, int.MaxValue);
        await AssertBalancedAsync(server);
        await UntilAsync(() => ledger.IsBalanced, "all is returned", ledger.ToString);
    }

    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("datagram actor")]
    public async Task Datagrams_carry_nothing_but_what_was_sent(string handler)
    {
        using var ledger = new PoolLedger();
        using var poisoned = new PoisonedPools(ledger);
        var server = await StartAsync(s => (handler switch
        {
            "delegate" => s.Listen("udp://127.0.0.1:0").HandleDatagram(EchoDatagramAsync),
            "request handler" => s.Listen("udp://127.0.0.1:0").Handle<EchoDatagramHandler>(),
            _ => s.Listen("udp://127.0.0.1:0").Handle<EchoingPeer>(),
        }).OnFailure(RestartPolicy.Restart(max: -1)));

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => ExchangeAsync(server, new Random(_seed + number)))).WaitAsync(2 * Deadline);

        await AssertBalancedAsync(server);
        Assert.InRange(server.Statistics.DatagramsDropped[DropReason.HandlerFailed], Clients, long.MaxValue);
        Assert.All([WaitingDatagram.SmallBuffers, ArrayPool<byte>.Shared], pool => Assert.InRange(ledger.RentsOfMarkedFrom(pool), 1, int.MaxValue));
        await UntilAsync(() => ledger.IsBalanced, "all is returned", ledger.ToString);
    }

    /// <summary>Some connections one after the other, each with frames of its own.</summary>
    /// <returns>How many of them ended by a reset in the middle.</returns>
    private async Task<int> TalkAsync(SocketServer server, Random random)
    {
        var resets = 0;
        for (var round = 0; round < Rounds; round++)
        {
            using var client = await ConnectAsync(server);
            var (sent, expected) = Script(random);
            var isReset = random.Next(3) == 0;
            resets += isReset ? 1 : 0;
            var until = isReset ? random.Next(1, expected.Length) : expected.Length;
            var sending = SendCutAsync(client.Client, sent, new Random(random.Next()));
            await AssertReceivesAsync(client.Client, expected, until);
            if (isReset)
            {
                client.LingerState = new LingerOption(true, 0);
                client.Client.Close();
                await Record.ExceptionAsync(() => sending);
                continue;
            }

            await sending.WaitAsync(Deadline);
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal("", await ReadToEndAsync(client));
        }

        return resets;
    }

    /// <summary>Frames, and what comes back of them: all but those at which the handler crashes.</summary>
    private static (byte[] Sent, byte[] Expected) Script(Random random)
    {
        using var sent = new MemoryStream();
        using var expected = new MemoryStream();
        for (var number = 0; number < FramesPerRound; number++)
        {
            // Some at the sizes that memory has.
            var length = random.Next(8) switch { 0 => random.Next(1, MaxFrame), 1 => (4096 << random.Next(5)) + random.Next(-6, 3), _ => random.Next(1, 2000) };
            var frame = Bytes(random, 4 + length);
            BinaryPrimitives.WriteInt32BigEndian(frame, length);
            frame[4] = number == 0 || random.Next(10) == 0 ? Crash : Echo;
            sent.Write(frame);
            expected.Write(frame[4] == Crash ? [] : frame);
        }

        return (sent.ToArray(), expected.ToArray());
    }

    private async Task ExchangeAsync(SocketServer server, Random random)
    {
        using var client = OpenUdp(server);
        for (var number = 0; number < Rounds * FramesPerRound; number++)
        {
            var isLarge = random.Next(6) == 0;
            var datagram = Bytes(random, isLarge ? random.Next(1, MaxDatagram) : random.Next(1, 2200));
            datagram[0] = Echo;
            if (number % 10 == 0)
            {
                var crash = Bytes(random, random.Next(1, 3000));
                crash[0] = Crash;
                await client.SendAsync(crash);
            }

            if (isLarge)
            {
                await _large.WaitAsync(Deadline);
            }

            await client.SendAsync(datagram);
            var answer = (await client.ReceiveAsync().WaitAsync(Deadline)).Buffer;
            AssertSame(datagram, answer, answer.Length);
            if (isLarge)
            {
                _large.Release();
            }
        }
    }

    /// <summary>Any bytes but the poison.</summary>
    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        bytes.AsSpan().Replace(PoisonedPools.Poison, (byte)0x5A);
        return bytes;
    }

    private static async Task SendCutAsync(Socket socket, ReadOnlyMemory<byte> bytes, Random random)
    {
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, random.Next(4) == 0 ? random.Next(1, 10) : random.Next(1, 50_000));
            count = await socket.SendAsync(bytes[..count]);
            bytes = bytes[count..];
        }
    }

    private async Task AssertReceivesAsync(Socket socket, byte[] expected, int until)
    {
        var buffer = new byte[64 * 1024];
        for (var received = 0; received < until;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, expected.Length - received))).AsTask().WaitAsync(Deadline);
            Assert.True(count > 0, $"the stream ended after {received} of {expected.Length} bytes; seed {_seed}");
            AssertSame(expected.AsSpan(received, count), buffer, count);
            received += count;
        }
    }

    private void AssertSame(ReadOnlySpan<byte> expected, byte[] actual, int count)
    {
        var same = expected.CommonPrefixLength(actual.AsSpan(0, count));
        var poison = actual.AsSpan(0, count).IndexOf(PoisonedPools.Poison);
        Assert.True(same == expected.Length && same == count, $"{count} bytes instead of {expected.Length}, the same until {same}, poison at {poison}; seed {_seed}");
    }

    private static async Task EchoFramesAsync(Connection connection)
    {
        while (await connection.ReadFrameAsync(Frames) is { } frame)
        {
            Answer(connection.Output, new ReadOnlySequence<byte>(frame));
            await connection.FlushAsync();
        }
    }

    /// <summary>Writes a frame in parts, each by more memory than it needs, or crashes with some of it in its hands.</summary>
    private static void Answer(PipeWriter output, in ReadOnlySequence<byte> frame)
    {
        var header = output.GetSpan(Random.Shared.Next(4, 64));
        BinaryPrimitives.WriteInt32BigEndian(header, (int)frame.Length);
        if (frame.FirstSpan[0] == Crash)
        {
            // Filled, and never said to be.
            header.Fill(Crash);
            throw new InvalidOperationException("as asked");
        }

        output.Advance(4);
        foreach (var piece in frame)
        {
            for (var rest = piece.Span; !rest.IsEmpty;)
            {
                var memory = output.GetSpan(Random.Shared.Next(1, 5000));
                var count = Math.Min(rest.Length, (memory.Length + 1) / 2);
                rest[..count].CopyTo(memory);
                output.Advance(count);
                rest = rest[count..];
            }
        }
    }

    private static Task EchoDatagramAsync(Datagram datagram)
    {
        Answer(datagram);
        return Task.CompletedTask;
    }

    private static void Answer(Datagram datagram)
    {
        if (datagram.Data.Span[0] == Crash)
        {
            throw new InvalidOperationException("as asked");
        }

        datagram.Reply(datagram.Data);
    }

    private sealed class EchoHandler : StreamRequestHandler
    {
        protected internal override Task HandleAsync() => EchoFramesAsync(Connection);
    }

    private sealed class EchoingActor() : ConnectionActor(Frames)
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame) => Answer(Connection.Output, frame);
    }

    private sealed class EchoDatagramHandler : DatagramRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            // Across a turn of the actor, with others under way.
            await Task.Yield();
            if (Datagram.Data.Span[0] == Crash)
            {
                throw new InvalidOperationException("as asked");
            }

            Output.Write(Datagram.Data.Span);
        }
    }

    private sealed class EchoingPeer : DatagramActor
    {
        protected override void OnReceived(Datagram datagram) => Answer(datagram);
    }
}
