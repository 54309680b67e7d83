using System.Text;
using ActorSockets.Connections;

namespace ActorSockets.Tests;

public sealed class InputReaderTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly InputBuffer _input = new(new SocketServerOptions(), () => { });

    [Fact]
    public async Task What_one_had_read_and_not_consumed_is_there_for_the_next()
    {
        var one = new InputReader(_input, Task.CompletedTask);
        Assert.True(_input.TryTake("hello"u8, out _));
        await one.ReadAsync();

        var two = one.Revoke();

        Assert.Equal("hello", await ReadTextAsync(two));
        await Assert.ThrowsAsync<OperationCanceledException>(() => one.ReadAsync().AsTask());
    }

    [Fact]
    public async Task A_read_that_is_under_way_ends_and_takes_nothing_from_the_next_nor_from_the_one_after()
    {
        var one = new InputReader(_input, Task.CompletedTask);
        var reading = one.ReadAsync().AsTask();

        var two = one.Revoke();
        var three = two.Revoke();
        var next = ReadTextAsync(three);
        Assert.True(_input.TryTake("hello"u8, out _));

        Assert.Equal("hello", await next.WaitAsync(Deadline));
        await Assert.ThrowsAsync<OperationCanceledException>(() => reading.WaitAsync(Deadline));
    }

    [Fact]
    public async Task The_same_handler_may_begin_anew_while_its_read_is_under_way()
    {
        var reader = new InputReader(_input, Task.CompletedTask);
        var reading = reader.ReadAsync().AsTask();

        reader.TakeBack();
        var next = ReadTextAsync(reader);
        Assert.True(_input.TryTake("hello"u8, out _));

        Assert.Equal("hello", await next.WaitAsync(Deadline));
        await Assert.ThrowsAsync<OperationCanceledException>(() => reading.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_wrong_advance_does_not_keep_the_input_from_the_next()
    {
        var one = new InputReader(_input, Task.CompletedTask);
        Assert.True(_input.TryTake("hello"u8, out _));
        var buffer = (await one.ReadAsync()).Buffer;
        Assert.ThrowsAny<Exception>(() => one.AdvanceTo(buffer.End, buffer.Start));

        Assert.Equal("hello", await ReadTextAsync(one.Revoke()));
    }

    [Fact]
    public async Task A_hand_over_at_any_moment_of_a_read_loses_nothing_and_cancels_nothing_of_the_next()
    {
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var input = new InputBuffer(new SocketServerOptions(), () => { });
            var one = new InputReader(input, Task.CompletedTask);
            var reading = one.ReadAsync().AsTask();
            var writing = Task.Run(() => input.TryTake("hello"u8, out _));
            Thread.SpinWait(random.Next(400));

            var result = await one.Revoke().ReadAsync().AsTask().WaitAsync(Deadline);

            Assert.False(result.IsCanceled, $"round {round}");
            Assert.Equal(5, result.Buffer.Length);
            await writing;
            await Task.WhenAny(reading).WaitAsync(Deadline);
        }
    }

    private static async Task<string> ReadTextAsync(InputReader reader)
    {
        var result = await reader.ReadAsync();
        Assert.False(result.IsCanceled);
        var text = Encoding.UTF8.GetString(result.Buffer);
        reader.AdvanceTo(result.Buffer.End);
        return text;
    }
}
