using System.Buffers;
using ActorSockets.Connections;
using CsCheck;

namespace ActorSockets.Tests;

public sealed class OutputBufferTests : IOutputOwner
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private int _overflows;

    [Fact]
    public void What_is_written_is_taken_in_order_however_it_is_cut() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var output = Create();
                var (written, sent) = (0, 0);
                while (sent < 100_000)
                {
                    if (output.Unsent < 50_000)
                    {
                        written += Write(output, random, written);
                    }

                    if (random.Next(3) != 0)
                    {
                        output.Flush();
                    }

                    sent += Send(output, random, sent);
                    Assert.Equal(written - sent, output.Unsent);
                }
            },
            iter: 200);

    [Fact]
    public async Task What_is_written_after_a_hold_is_taken_after_the_release()
    {
        var output = Create();
        output.Write("before"u8);
        var holding = output.HoldAsync();
        output.Write("after"u8);
        output.Flush();
        output.Complete();

        Assert.True(output.TryTake(100, out var piece));
        Assert.Equal("before"u8, piece.Span);
        Assert.False(holding.IsCompleted);
        output.Sent(piece.Length);
        await holding.AsTask().WaitAsync(Deadline);
        Assert.False(output.TryTake(100, out _));
        Assert.False(output.IsCompleted);

        output.Release();

        Assert.True(output.TryTake(100, out piece));
        Assert.Equal("after"u8, piece.Span);
        Assert.True(output.IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_sees_the_end_sees_all_that_comes_before_it(bool wasHeld)
    {
        var outputs = Enumerable.Range(0, 50_000).Select(_ => Create()).ToList();
        var ending = Task.Run(() => outputs.ForEach(output => WriteAndEnd(output, wasHeld)));

        var unsent = await Task.Run(() => outputs.ConvertAll(SendToTheEnd)).WaitAsync(Deadline);

        await ending;
        Assert.All(unsent, left => Assert.Equal(0, left));
    }

    [Fact]
    public async Task A_hold_of_nothing_is_complete_at_once_and_one_of_what_is_lost_is_told_so()
    {
        var (empty, lost) = (Create(), Create());
        lost.Write("lost"u8);
        var holding = lost.HoldAsync();

        lost.End();

        Assert.False((await empty.HoldAsync()).IsCompleted);
        Assert.True((await holding.AsTask().WaitAsync(Deadline)).IsCompleted);
    }

    [Fact]
    public void What_is_not_flushed_is_not_taken()
    {
        var output = Create();
        output.Write("kept"u8);

        Assert.False(output.TryTake(100, out _));

        output.Flush();
        output.Write("later"u8);
        Assert.True(output.TryTake(100, out var piece));
        Assert.Equal("kept"u8.ToArray(), piece.ToArray());
    }

    [Fact]
    public async Task A_flush_waits_above_the_high_water_mark_until_no_more_than_the_low_one_is_unsent()
    {
        var output = Create();
        output.Write(new byte[101]);
        var flushing = output.FlushAsync().AsTask();
        Assert.False(flushing.IsCompleted);

        output.TryTake(60, out _);
        output.Sent(60);
        Assert.False(flushing.IsCompleted);
        output.TryTake(60, out _);
        output.Sent(1);

        Assert.False((await flushing.WaitAsync(Deadline)).IsCompleted);
    }

    [Fact]
    public async Task A_flush_that_waits_ends_with_the_connection()
    {
        var output = Create();
        output.Write(new byte[101]);
        var flushing = output.FlushAsync().AsTask();

        output.End();

        Assert.True((await flushing.WaitAsync(Deadline)).IsCompleted);
        Assert.True((await output.FlushAsync()).IsCompleted);
    }

    [Fact]
    public async Task A_flush_that_is_given_up_sends_all_the_same()
    {
        var output = Create();
        using var cancellation = new CancellationTokenSource();
        output.Write(new byte[101]);
        var flushing = output.FlushAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flushing.WaitAsync(Deadline));
        Assert.True(output.TryTake(1000, out var piece));
        Assert.Equal(101, piece.Length);
    }

    [Fact]
    public void More_than_the_limit_is_told()
    {
        var output = Create();
        output.Write(new byte[100_001]);

        output.Flush();

        Assert.Equal(1, _overflows);
    }

    private static void WriteAndEnd(OutputBuffer output, bool isHeld)
    {
        if (isHeld)
        {
            Assert.True(output.HoldAsync().AsTask().IsCompletedSuccessfully);
        }

        output.Put("all"u8);
        output.Complete();
        if (isHeld)
        {
            output.Release();
        }
    }

    /// <returns>What was left.</returns>
    private static long SendToTheEnd(OutputBuffer output)
    {
        for (var ends = false; !ends;)
        {
            ends = output.IsCompleted;
            while (output.TryTake(100, out var piece))
            {
                output.Sent(piece.Length);
            }
        }

        return output.Unsent;
    }

    private static int Write(OutputBuffer output, Random random, int written)
    {
        var count = random.Next(1, 1 << random.Next(1, 14));
        var span = output.GetSpan(count);
        for (var index = 0; index < count; index++)
        {
            span[index] = ByteAt(written + index);
        }

        output.Advance(count);
        return count;
    }

    private static int Send(OutputBuffer output, Random random, int sent)
    {
        if (!output.TryTake(random.Next(1, 10_000), out var piece))
        {
            return 0;
        }

        var count = random.Next(1, piece.Length + 1);
        for (var index = 0; index < count; index++)
        {
            Assert.Equal(ByteAt(sent + index), piece.Span[index]);
        }

        output.Sent(count);
        return count;
    }

    private static byte ByteAt(int index) => (byte)((index * 31) + (index >> 8));

    void IOutputOwner.ThrowIfClosed()
    {
        // It is open.
    }

    void IOutputOwner.Flushed()
    {
        // The tests take it themselves.
    }

    void IOutputOwner.Overflowed() => _overflows++;

    private OutputBuffer Create() =>
        new(new SocketServerOptions { OutputHighWater = 100, OutputLowWater = 40, WriteLimit = 100_000 }, this);
}
