using System.Buffers;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

public sealed class MisuseTests : ServerTest
{
    [Fact]
    [Proves("a client resets", "OnClosed(PeerReset)")]
    public async Task A_reset_by_the_peer_ends_the_connection_as_such_and_is_no_failure_of_the_handler()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            while (await connection.ReadLineAsync() is not null)
            {
            }
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await UntilAsync(() => server.Statistics.Active == 1, "accepted");

        client.Client.LingerState = new LingerOption(true, 0);
        client.Client.Close();

        await ClosedAsync(server, CloseReason.PeerReset);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task Several_may_send_on_one_connection_and_each_message_stays_whole()
    {
        const int Size = 1_000_000;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection => Task.WhenAll(
            Enumerable.Range(0, 10).Select(number => Task.Run(() => connection.SendAsync(Enumerable.Repeat((byte)number, Size).ToArray()).AsTask())))));
        using var client = await ConnectAsync(server);

        var received = new byte[10 * Size];
        await client.GetStream().ReadExactlyAsync(received).AsTask().WaitAsync(Deadline);

        var messages = received.Chunk(Size).ToList();
        Assert.All(messages, message => Assert.Single(message.Distinct()));
        Assert.Equal(10, messages.Select(message => message[0]).Distinct().Count());
    }

    [Theory]
    [InlineData("two flushes")]
    [InlineData("two reads")]
    [InlineData("complete the reader with an exception")]
    [InlineData("write after the end")]
    public async Task Misuse_of_a_connection_costs_that_connection_only(string misuse)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            var line = await connection.ReadLineAsync();
            if (line.ToString() == "misuse")
            {
                await MisuseAsync(connection, misuse);
            }

            await connection.SendAsync("fine");
        }));
        using var misused = await ConnectAsync(server);
        await SendAsync(misused, "misuse\n" + new string('x', 500_000));
        await UntilAsync(() => server.Statistics.HandlerFailures == 1, "the misuse failed");

        using var other = await ConnectAsync(server);
        await SendAsync(other, "no\n");
        Assert.Equal("fine", await ReadToEndAsync(other));
    }

    [Fact]
    public async Task Code_that_a_handler_has_left_behind_may_fail_and_costs_nobody_anything()
    {
        var failed = new TaskCompletionSource();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection =>
        {
            FailLater(connection, failed);
            return Task.CompletedTask;
        }));
        using (var client = await ConnectAsync(server))
        {
            Assert.Equal("", await ReadToEndAsync(client));
        }

        await failed.Task.WaitAsync(Deadline);
        await ClosedAsync(server, CloseReason.LocalClosed);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task A_handler_may_return_while_others_send_to_its_client()
    {
        var returns = new TaskCompletionSource();
        var slow = new TaskCompletionSource<Connection>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            if (slow.TrySetResult(connection))
            {
                await returns.Task;
                return;
            }

            var sending = (await slow.Task).SendAsync(new byte[5_000_000]).AsTask();
            returns.SetResult();
            await sending;
        }));
        using var reader = await ConnectAsync(server);
        await slow.Task.WaitAsync(Deadline);
        using var sender = await ConnectAsync(server);

        Assert.Equal(5_000_000, (await ReadToEndAsync(reader)).Length);
        Assert.Equal("", await ReadToEndAsync(sender));
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    private static async void FailLater(Connection connection, TaskCompletionSource failed)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, connection.Closed).ContinueWith(_ => { }, TaskScheduler.Default);
        failed.SetResult();
        throw new InvalidOperationException("async void");
    }

    private static async Task MisuseAsync(Connection connection, string misuse)
    {
        switch (misuse)
        {
            case "two flushes":
                await await Task.WhenAny(
                    connection.Output.WriteAsync(new byte[10_000_000]).AsTask(), connection.Output.WriteAsync(new byte[10_000_000]).AsTask());
                break;
            case "two reads":
                await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => connection.Input.ReadAsync().AsTask()));
                break;
            case "complete the reader with an exception":
                await connection.Input.CompleteAsync(new InvalidOperationException("mine"));
                await connection.ReadLineAsync();
                break;
            case "write after the end":
                await connection.CompleteOutputAsync();
                connection.Output.Write("lost"u8);
                break;
        }
    }

    [Fact]
    public async Task A_handler_may_block_on_the_connection()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(connection =>
        {
            var line = connection.ReadLineAsync().AsTask().GetAwaiter().GetResult();
            return connection.SendAsync($"{line}").AsTask();
        }));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "hello\n");

        Assert.Equal("hello", await ReadToEndAsync(client));
    }
}
