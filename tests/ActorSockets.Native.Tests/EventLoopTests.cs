using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Tests;

public sealed class EventLoopTests() : ServerTest("WARNING")
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Proves("a handler blocks its thread", "nothing; others go on on another thread")]
    [Proves("a handler blocks its thread", "the log, which names the handler")]
    public async Task A_handler_that_blocks_holds_up_neither_other_connections_nor_new_ones_and_is_named_once(bool isActor)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        using var release = new ManualResetEventSlim();
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0");
            _ = isActor ? s.Handle(() => new BlockingActor(release)) : s.Handle(() => new BlockingHandler(release));
        });
        using var blocked = await ConnectAsync(server);
        await SendAsync(blocked, "echo");
        await ExpectAsync(blocked, "echo");
        var id = server.Connections.Single().Id;
        var others = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                others.Add(await ConnectAsync(server));
                await EchoAsync(others[^1]);
            }

            await SendAsync(blocked, "block");
            var name = isActor ? nameof(BlockingActor) : nameof(BlockingHandler);
            var warning = await FishForMessageAsync<Warning>(e => $"{e.Message}".Contains("holds the event loop", StringComparison.Ordinal), Deadline);
            Assert.StartsWith($"[{id}] its handler ({name}) holds the event loop for more than 100 ms", $"{warning.Message}", StringComparison.Ordinal);

            for (var looks = Stopwatch.StartNew(); looks.ElapsedMilliseconds < 500;)
            {
                others.Add(await ConnectAsync(server));
                foreach (var other in others)
                {
                    await EchoAsync(other);
                }
            }

            Assert.Equal(0, blocked.Available);
            release.Set();
            await ExpectAsync(blocked, "block");
            await EchoAsync(blocked);
            while (await ReceiveOneAsync(TimeSpan.Zero) is { } message)
            {
                Assert.DoesNotContain($"[{id}]", $"{message}", StringComparison.Ordinal);
            }
        }
        finally
        {
            release.Set();
            others.ForEach(other => other.Dispose());
        }
    }

    [Fact]
    public async Task What_one_tells_a_connection_actor_comes_in_order_also_where_a_turn_becomes_too_long_and_the_pool_goes_on()
    {
        const int Numbers = 2000;
        var received = new ConcurrentDictionary<IActorRef, List<(int Number, bool InPool)>>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new CountingActor(received, Numbers)));
        using var sender = await ConnectAsync(server);
        using var first = await ConnectAsync(server);
        using var second = await ConnectAsync(server);
        await UntilAsync(() => received.Count == 3, "all are there");

        await SendAsync(sender, "go");
        await ExpectAsync(first, "done");
        await ExpectAsync(second, "done");

        Assert.Equal(2, received.Values.Count(numbers => numbers.Count == Numbers));
        foreach (var numbers in received.Values.Where(numbers => numbers.Count > 0))
        {
            Assert.Equal(Enumerable.Range(0, Numbers), numbers.Select(number => number.Number));
        }

        Assert.Contains(received.Values.SelectMany(numbers => numbers), number => number.InPool);
        Assert.Contains(received.Values.SelectMany(numbers => numbers), number => !number.InPool);
    }

    private static async Task EchoAsync(TcpClient client)
    {
        await SendAsync(client, "echo");
        await ExpectAsync(client, "echo");
    }

    private sealed class BlockingActor(ManualResetEventSlim release) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            if (data.FirstSpan.StartsWith("block"u8))
            {
                release.Wait();
            }

            Connection.Output.Write(data.ToArray());
        }
    }

    private sealed class BlockingHandler(ManualResetEventSlim release) : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            while (await Input.ReadAsync() is { Buffer: { IsEmpty: false } data })
            {
                var echo = data.ToArray();
                Input.AdvanceTo(data.End);
                if (echo.AsSpan().StartsWith("block"u8))
                {
                    release.Wait();
                }

                await Connection.SendAsync(echo);
            }
        }
    }

    /// <summary>The one that receives bytes tells numbers to the others, who take their time for each.</summary>
    private sealed class CountingActor : ConnectionActor
    {
        private static readonly TimeSpan Time = TimeSpan.FromMicroseconds(10);

        private readonly ConcurrentDictionary<IActorRef, List<(int Number, bool InPool)>> _received;
        private readonly int _count;

        public CountingActor(ConcurrentDictionary<IActorRef, List<(int Number, bool InPool)>> received, int count)
        {
            (_received, _count) = (received, count);
            Receive<int>(number =>
            {
                _received[Self].Add((number, Thread.CurrentThread.IsThreadPoolThread));
                for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < Time;)
                {
                    // This is what it does.
                }

                if (number == _count - 1)
                {
                    Connection.Output.Write("done"u8);
                }
            });
        }

        protected override void OnConnected() => _received[Self] = [];

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            foreach (var other in _received.Keys.Where(other => !other.Equals(Self)))
            {
                for (var number = 0; number < _count; number++)
                {
                    other.Tell(number);
                }
            }
        }
    }
}
