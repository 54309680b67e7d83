using System.Collections.Concurrent;
using ActorSockets.Dispatch;

namespace ActorSockets.Tests;

/// <summary>What a thread is to do at the end of its turn: its own to add to, and anybody's to take from.</summary>
public sealed class WorkQueueTests
{
    private const int Pieces = 200_000;

    [Fact]
    public void Work_is_taken_in_the_order_in_which_it_was_added_also_when_the_queue_has_gone_round()
    {
        var queue = new WorkQueue();
        for (var number = 0; number < 3 * WorkQueue.Capacity; number += 2)
        {
            Assert.True(queue.TryAdd(new Piece(number)));
            Assert.True(queue.TryAdd(new Piece(number + 1)));

            Assert.True(queue.TryTake(out var first));
            Assert.True(queue.TryTake(out var second));

            Assert.Equal((number, number + 1), (((Piece)first).Number, ((Piece)second).Number));
            Assert.False(queue.TryTake(out _));
        }
    }

    [Fact]
    public void A_full_queue_takes_no_more_until_something_was_taken()
    {
        var queue = new WorkQueue();
        for (var number = 0; number < WorkQueue.Capacity; number++)
        {
            Assert.True(queue.TryAdd(new Piece(number)));
        }

        Assert.False(queue.TryAdd(new Piece(-1)));
        Assert.True(queue.TryTake(out _));
        Assert.True(queue.TryAdd(new Piece(WorkQueue.Capacity)));
    }

    [Fact]
    public async Task Whoever_takes_gets_each_piece_once_and_the_oldest_first()
    {
        var queue = new WorkQueue();
        var taken = new ConcurrentBag<int>();
        var added = false;
        var others = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (var last = -1; !Volatile.Read(ref added);)
            {
                if (!queue.TryTake(out var work))
                {
                    continue;
                }

                var number = ((Piece)work).Number;
                Assert.True(number > last, $"{number} after {last}");
                last = number;
                taken.Add(number);
            }
        })).ToList();

        for (var number = 0; number < Pieces; number++)
        {
            var piece = new Piece(number);
            while (!queue.TryAdd(piece))
            {
                if (queue.TryTake(out var own))
                {
                    taken.Add(((Piece)own).Number);
                }
            }
        }

        while (queue.TryTake(out var own))
        {
            taken.Add(((Piece)own).Number);
        }

        Volatile.Write(ref added, true);
        await Task.WhenAll(others).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Range(0, Pieces), taken.Order());
    }

    [Fact]
    public void What_was_done_is_not_kept_in_memory()
    {
        var queue = new WorkQueue();
        var done = AddAndTake(queue);

        queue.Forget();

        GC.Collect();
        Assert.False(done.IsAlive);
        GC.KeepAlive(queue);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference AddAndTake(WorkQueue queue)
    {
        var piece = new Piece(0);
        Assert.True(queue.TryAdd(piece));
        Assert.True(queue.TryTake(out _));
        return new WeakReference(piece);
    }

    private sealed record Piece(int Number) : IThreadPoolWorkItem
    {
        public void Execute() => throw new InvalidOperationException("only taken here");
    }
}
