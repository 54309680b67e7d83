using System.Buffers;

namespace ActorSockets.Tests;

/// <summary>Many handlers that block at once. They hold up whatever else the event loop of the process serves for seconds, so no other test runs beside.</summary>
[Collection(nameof(Alone))]
public sealed class BlockingHandlersTests : ServerTest
{
    private const int Blocking = 24;
    private int _blocked;
    private int _onPool;

    [SkippableFact]
    public async Task Many_handlers_that_block_the_event_loop_at_once_take_no_thread_of_the_pool_and_others_go_on()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux has an event loop that another thread can take over");
        using var release = new ManualResetEventSlim();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new BlockingActor(release, this)).Configure(o => o.Dispatcher = ServerDispatcher.EventLoop));
        var clients = await Task.WhenAll(Enumerable.Range(0, 2 * Blocking).Select(_ => ConnectAsync(server)));
        try
        {
            foreach (var client in clients)
            {
                await SendAsync(client, "e");
                await ExpectAsync(client, "e");
            }

            await Task.WhenAll(clients.Take(Blocking).Select(client => SendAsync(client, "b")));
            await UntilAsync(() => Volatile.Read(ref _blocked) == Blocking, "all of them block");
            foreach (var client in clients.Skip(Blocking))
            {
                await SendAsync(client, "e");
                await ExpectAsync(client, "e");
            }

            using var late = await ConnectAsync(server);
            await SendAsync(late, "e");
            await ExpectAsync(late, "e");
            Assert.Equal(0, Volatile.Read(ref _onPool));
        }
        finally
        {
            release.Set();
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    private sealed class BlockingActor(ManualResetEventSlim release, BlockingHandlersTests test) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            if (data.FirstSpan[0] == (byte)'b')
            {
                Interlocked.Add(ref test._onPool, Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);
                Interlocked.Increment(ref test._blocked);
                release.Wait();
            }

            Connection.Output.Write(data.ToArray());
        }
    }
}
