using System.Buffers;
using ActorSockets.Connections;
using CsCheck;

namespace ActorSockets.Tests;

public sealed class InputBufferTests
{
    private const int Window = 8 * 1024;

    private int _roomMade;

    [Fact]
    public void What_is_received_is_read_in_order_however_it_is_cut_and_consumed() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var input = Create();
                var (received, consumed) = (0, 0);
                while (consumed < 100_000)
                {
                    received += Receive(input, random, received);
                    consumed += Consume(input, random, consumed, received);
                }
            },
            iter: 200);

    [Fact]
    public void There_is_no_memory_beyond_the_window_until_half_of_it_was_seen()
    {
        var input = Create();
        Fill(input);

        Assert.True(input.GetMemory().IsEmpty);
        Assert.True(input.TryRead(out var all));
        Assert.Equal(Window, all.Buffer.Length);
        input.AdvanceTo(all.Buffer.GetPosition((Window / 2) - 1));
        Assert.Equal((0, true), (_roomMade, input.GetMemory().IsEmpty));

        Assert.True(input.TryRead(out var rest));
        input.AdvanceTo(rest.Buffer.GetPosition(1));
        Assert.Equal((1, false), (_roomMade, input.GetMemory().IsEmpty));
    }

    [Fact]
    public void While_it_is_paused_there_is_no_room_and_whoever_waits_is_told_of_its_end()
    {
        var input = Create();
        input.IsPaused = true;
        Assert.True(input.GetMemory().IsEmpty);
        Assert.False(input.TryTake("a"u8, out var hasRoom) && hasRoom);

        input.IsPaused = true;
        Assert.Equal(0, _roomMade);
        input.IsPaused = false;
        Assert.Equal((1, false), (_roomMade, input.GetMemory().IsEmpty));
        input.IsPaused = true;
        input.IsPaused = false;
        Assert.Equal(1, _roomMade);
    }

    [Fact]
    public void Room_that_is_made_while_it_is_paused_is_told_of_at_the_end_of_the_pause()
    {
        var input = Create();
        Fill(input);
        Assert.True(input.GetMemory().IsEmpty);
        input.IsPaused = true;
        Assert.True(input.TryRead(out var all));
        input.AdvanceTo(all.Buffer.End);
        Assert.Equal(0, _roomMade);

        input.IsPaused = false;

        Assert.Equal((1, false), (_roomMade, input.GetMemory().IsEmpty));
    }

    [Fact]
    public void Whoever_waits_for_the_end_of_a_pause_is_told_of_the_end_of_the_input()
    {
        var input = Create();
        input.IsPaused = true;
        Assert.True(input.GetMemory().IsEmpty);

        input.End();

        Assert.Equal((1, true), (_roomMade, input.Discards));
    }

    [Fact]
    public void What_was_examined_and_kept_does_not_fill_the_window()
    {
        var input = Create();
        Fill(input);

        Assert.True(input.TryRead(out var all));
        input.AdvanceTo(all.Buffer.Start, all.Buffer.End);

        Assert.False(input.TryRead(out _));
        Fill(input);
        Assert.True(input.TryRead(out var more));
        Assert.Equal(2 * Window, more.Buffer.Length);
    }

    [Fact]
    public void After_the_reader_has_completed_what_comes_is_thrown_away()
    {
        var input = Create();
        Fill(input);

        input.Complete();

        Assert.True(input.Discards);
        Assert.False(input.TryTake("more"u8, out var hasRoom));
        Assert.True(hasRoom);
        Assert.Equal(1, _roomMade);
    }

    [Fact]
    public void A_buffer_that_is_being_received_into_is_not_given_back_by_who_reads_the_rest()
    {
        var input = Create();
        Assert.True(input.TryTake("one"u8, out _));
        var lent = input.GetMemory();
        Assert.True(input.TryRead(out var one));
        input.AdvanceTo(one.Buffer.End);

        "two"u8.CopyTo(lent.Span);
        Assert.True(input.Filled(3));

        Assert.True(input.TryRead(out var two));
        Assert.Equal("two"u8.ToArray(), two.Buffer.ToArray());
    }

    [Fact]
    public void Bytes_that_came_before_the_end_are_read_before_it()
    {
        var input = Create();
        Assert.True(input.TryTake("last"u8, out _));
        input.End();

        Assert.True(input.TryRead(out var last));
        Assert.Equal((4, true), (last.Buffer.Length, last.IsCompleted));
        input.AdvanceTo(last.Buffer.End);
        Assert.True(input.TryRead(out var end));
        Assert.True(end.Buffer.IsEmpty && end.IsCompleted);
    }

    [Fact]
    public void What_comes_while_it_is_held_is_not_the_readers_also_where_the_receive_began_before()
    {
        var input = Create();
        var memory = input.GetMemory();

        Assert.True(input.TryHold());
        "held"u8.CopyTo(memory.Span);

        Assert.False(input.Filled(4));
        Assert.True(input.IsHeld);
        Assert.False(input.TryRead(out _));
        Assert.Equal(0, input.BytesReceived);
        input.Release();
        "more"u8.CopyTo(input.GetMemory().Span);
        Assert.True(input.Filled(4));
        Assert.True(input.TryRead(out var result));
        Assert.Equal("more"u8, result.Buffer.FirstSpan);
    }

    [Fact]
    public void It_is_not_held_while_something_was_not_consumed_or_after_its_end()
    {
        var (unread, ended, unreadable) = (Create(), Create(), Create());
        unread.GetMemory();
        unread.Filled(1);
        ended.End();
        unreadable.Complete();

        Assert.All([unread, ended, unreadable], input => Assert.False(input.TryHold()));
        Assert.All([unread, ended, unreadable], input => Assert.False(input.IsHeld));
        Assert.True(unread.TryRead(out var result));
        unread.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        Assert.False(unread.TryHold());
    }

    [Fact]
    public void An_end_while_it_is_held_leaves_room_for_what_is_not_the_readers()
    {
        var input = Create();
        Assert.True(input.TryHold());

        input.End();

        Assert.False(input.Discards);
        Assert.False(input.GetMemory().IsEmpty);
        Assert.False(input.Filled(1));
        input.Release();
        Assert.True(input.Discards);
        Assert.True(input.GetMemory().IsEmpty);
    }

    private static void Fill(InputBuffer input)
    {
        while (input.GetMemory() is { IsEmpty: false } memory)
        {
            input.Filled(memory.Length);
        }
    }

    private static int Receive(InputBuffer input, Random random, int received)
    {
        var memory = input.GetMemory();
        if (memory.IsEmpty)
        {
            return 0;
        }

        var count = random.Next(1, Math.Min(memory.Length, 1 << random.Next(1, 14)) + 1);
        for (var index = 0; index < count; index++)
        {
            memory.Span[index] = ByteAt(received + index);
        }

        Assert.True(input.Filled(count));
        return count;
    }

    private static int Consume(InputBuffer input, Random random, int consumed, int received)
    {
        if (random.Next(3) == 0 || !input.TryRead(out var result))
        {
            return 0;
        }

        Assert.Equal(received - consumed, result.Buffer.Length);
        Assert.Equal(result.Buffer.IsEmpty, result.Buffer.FirstSpan.IsEmpty);
        var at = consumed;
        foreach (var piece in result.Buffer)
        {
            foreach (var value in piece.Span)
            {
                Assert.Equal(ByteAt(at++), value);
            }
        }

        var count = random.NextInt64(result.Buffer.Length + 1);
        var end = result.Buffer.GetPosition(count);
        input.AdvanceTo(end, random.Next(2) == 0 ? end : result.Buffer.End);
        return (int)count;
    }

    private static byte ByteAt(int index) => (byte)((index * 31) + (index >> 8));

    private InputBuffer Create() => new(new SocketServerOptions { InputWindow = Window }, () => _roomMade++);
}
