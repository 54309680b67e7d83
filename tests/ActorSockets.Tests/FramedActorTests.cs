using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Connection actors that declare a frame reader.</summary>
public sealed class FramedActorTests : ServerTest
{
    [Fact]
    public async Task An_actor_with_a_frame_reader_is_given_whole_frames_however_they_are_cut()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new FrameEcho(TestActor)));
        using var client = await ConnectAsync(server);

        foreach (var piece in new[] { "a", "b\ncd\n", "\n", "e", "f", "\ng" })
        {
            await SendAsync(client, piece);
            await Task.Yield();
        }

        await SendAsync(client, "\n");

        await ExpectAsync(client, "[ab][cd][][ef][g]");
    }

    [Theory]
    [InlineData("restart")]
    [InlineData("resume")]
    public async Task A_failure_in_the_middle_of_pipelined_frames_loses_exactly_the_failing_one(string policy)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new FrameEcho(TestActor))
            .OnFailure(policy == "restart" ? RestartPolicy.Restart(max: -1) : RestartPolicy.Resume(max: -1)));
        using var client = await ConnectAsync(server);
        var sent = new StringBuilder();
        var expected = new StringBuilder();
        for (var i = 0; i < 2000; i++)
        {
            sent.Append(i % 7 == 3 ? $"crash {i}\n" : $"{i}\n");
            expected.Append(i % 7 == 3 ? "" : $"[{i}]");
        }

        var sending = SendAsync(client, sent.ToString());

        await ExpectAsync(client, expected.ToString());
        await sending;
        Assert.Equal(286, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task A_frame_over_the_limit_ends_the_connection_as_a_protocol_error_whatever_the_policy()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new FrameEcho(TestActor)).OnFailure(RestartPolicy.Restart()));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\n" + new string('x', 200));

        Assert.Equal("[a]", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);
        Assert.Equal((0, 0), (server.Statistics.HandlerFailures, server.Statistics.Restarts));
    }

    [Fact]
    public async Task A_stream_that_ends_within_a_frame_is_a_protocol_error_unless_the_actor_says_otherwise()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new FrameEcho(TestActor)));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\nrest");
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("[a]", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.ProtocolError);

        var lenient = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new LenientEcho(TestActor)), "lenient");
        using var other = await ConnectAsync(lenient);
        await SendAsync(other, "a\nrest");
        other.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("[a][rest]", await ReadToEndAsync(other));
        other.Close();
        await ClosedAsync(lenient, CloseReason.PeerClosed);
    }

    [Fact]
    public async Task An_actor_that_handles_neither_bytes_nor_frames_says_so()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<DeafActor>().OnError(context =>
        {
            TestActor.Tell(context.Exception.Message);
            return ValueTask.FromResult(ErrorDirective.Close);
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a");

        Assert.Contains("neither overrides OnReceived nor gives a frame reader", await ExpectMsgAsync<string>(Deadline), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_client_does_not_read_its_frames_wait_and_the_actor_is_told_once_each_time()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new FrameEcho(TestActor)));
        using var client = await ConnectAsync(server);

        // Each asks for 60 kB: far more than the kernel takes for a client that does not read, and more than write-limit.
        await SendAsync(client, string.Concat(Enumerable.Repeat("big\n", 200)));

        await ExpectMsgAsync("paused", Deadline);
        var expected = string.Concat(Enumerable.Repeat(new string('b', 60_000), 200));
        await ExpectAsync(client, expected);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "[a]");
        await ExpectMsgAsync("resumed", Deadline);
        var told = ReceiveWhile<string>(TimeSpan.Zero, message => (string)message).ToList();
        Assert.Equal(0, told.Count % 2);
        Assert.All(told.Chunk(2), pair => Assert.Equal("paused resumed", string.Join(' ', pair)));
    }

    private class FrameEcho(IActorRef listener) : ConnectionActor(FrameReader.Lines(maxLength: 100))
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            if (frame.FirstSpan.StartsWith("crash"u8))
            {
                throw new InvalidOperationException("asked to");
            }

            if (frame.FirstSpan.SequenceEqual("big"u8))
            {
                Connection.Output.Write(Encoding.UTF8.GetBytes(new string('b', 60_000)));
                return;
            }

            Connection.Output.Write("["u8);
            Connection.Output.Write(frame.ToArray());
            Connection.Output.Write("]"u8);
        }

        // No frame was handled above the mark: at most one answer is more than it allows.
        protected override void OnWritingPaused() => listener.Tell(Connection.Unsent <= 64 * 1024 + 60_000 ? "paused" : "paused too late");

        protected override void OnWritingResumed() => listener.Tell("resumed");
    }

    private sealed class LenientEcho(IActorRef listener) : FrameEcho(listener)
    {
        protected override void OnIncompleteFrame(in ReadOnlySequence<byte> rest) => OnFrame(rest);
    }

    private sealed class DeafActor : ConnectionActor;
}
