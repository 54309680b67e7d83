using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using ActorSockets.Diagnostics;
using Akka.Event;
using static ActorSockets.ConnectionEventKind;

namespace ActorSockets.Tests;

/// <summary>What is known of a connection afterwards.</summary>
[Trait("Category", "Faults")]
public sealed partial class FlightRecorderTests() : ServerTest("DEBUG")
{
    [Fact]
    public async Task A_connection_knows_what_happened_to_it_last_in_order()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnFailure(RestartPolicy.Restart()));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
        var connection = server.Connections.Single();
        await UntilAsync(() => connection.RecentEvents.Any(happened => happened.Kind == Sent), "it is noted, which may be after its arrival");
        await SendAsync(client, "crash\n");
        await UntilAsync(() => server.Statistics.Restarts == 1, "restarted");
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.PeerClosed);
        await UntilAsync(() => connection.RecentEvents[^1].Kind == SocketClosed, "its socket is closed");

        var events = connection.RecentEvents;
        Assert.Equal(
            [(Connected, 0), (Received, 2), (Sent, 4), (Received, 6), (HandlerFailed, 0), (Restarted, 0), (PeerCompleted, 0), (CloseRequested, 0), (Ended, 0), (SocketClosed, 0)],
            events.Select(happened => (happened.Kind, happened.Bytes)));
        Assert.Equal(events.Select(happened => happened.At), events.Select(happened => happened.At).Order());
    }

    [Fact]
    public async Task An_end_that_nobody_wanted_is_in_the_log_with_all_that_came_before_and_nothing_of_what_was_said()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.FirstByteTimeout = TimeSpan.FromMilliseconds(50)), "flight");
        using var client = await ConnectAsync(server);

        var line = await FishForMessageAsync<LogEvent>(e => $"{e.Message}".StartsWith("[flight-1] closed: ", StringComparison.Ordinal), Deadline);

        Assert.Equal(LogLevel.InfoLevel, line.LogLevel());
        Assert.Equal(
            $"[flight-1] closed: FirstByteTimeout; {AddressOf(client)} on {server.Endpoints[0]}, 0 bytes in, 0 out, 0 unsent; + Connected, + Ended, + SocketClosed",
            Time().Replace($"{line.Message}", "+"));
    }

    [Fact]
    public async Task Connections_that_have_ended_can_be_asked_for()
    {
        var begin = DateTimeOffset.UtcNow;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>(), "ended");
        Assert.Empty(server.RecentlyClosed);
        EndPoint[] addresses = new EndPoint[2];
        foreach (var (index, line) in new[] { "a\n", "crash\n" }.Index())
        {
            using var client = await ConnectAsync(server);
            addresses[index] = AddressOf(client);
            await SendAsync(client, line);
            client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await ReadToEndAsync(client);
            client.Close();
            await UntilAsync(() => server.RecentlyClosed.Count == index + 1, "it has ended");
        }

        Assert.Equal(
            [("ended-1", addresses[0], CloseReason.PeerClosed, 2L, 4L), ("ended-2", addresses[1], CloseReason.HandlerFailed, 6L, 0L)],
            server.RecentlyClosed.Select(closed => (closed.Id, closed.RemoteEndPoint, closed.Reason, closed.BytesReceived, closed.BytesSent)));
        Assert.All(server.RecentlyClosed, closed => Assert.Equal([begin, closed.ConnectedAt, closed.ClosedAt], new[] { begin, closed.ConnectedAt, closed.ClosedAt }.Order()));
    }

    [Fact]
    public void Of_the_events_the_last_32_are_kept()
    {
        var recorder = new FlightRecorder();
        for (var bytes = 1; bytes <= 100; bytes++)
        {
            recorder.Record(Received, bytes, Environment.TickCount64);
            Assert.Equal(Enumerable.Range(Math.Max(1, bytes - 31), Math.Min(bytes, 32)), recorder.Read().Select(happened => happened.Bytes));
        }

        recorder.Record(Sent, long.MaxValue, Environment.TickCount64);
        Assert.Equal((Sent, 0xFFFFFF), (recorder.Read()[^1].Kind, recorder.Read()[^1].Bytes));
    }

    [Fact]
    public void Of_the_connections_that_have_ended_the_last_1000_are_kept()
    {
        var closed = new ClosedConnections();
        for (var number = 1; number <= 2500; number++)
        {
            closed.Add(new ClosedConnection($"test-{number}", Endpoint.Parse("tcp://127.0.0.1:1"), new IPEndPoint(0, 0), default, default, CloseReason.PeerClosed, 0, 0));
            if (number is 1 or 999 or 1000 or 1001 or 2500)
            {
                Assert.Equal(Enumerable.Range(Math.Max(1, number - 999), Math.Min(number, 1000)).Select(n => $"test-{n}"), closed.Read().Select(each => each.Id));
            }
        }
    }

    [Fact]
    public async Task What_clients_can_cause_without_end_fills_no_log_and_is_counted()
    {
        const int Failures = 2000;
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var begin = Environment.TickCount64;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().OnFailure(RestartPolicy.Resume(max: -1)), "storm");
        using var client = await ConnectAsync(server);
        await SendAsync(client, string.Concat(Enumerable.Repeat("crash\n", Failures)));
        await UntilAsync(() => server.Statistics.HandlerFailures == Failures, "all have failed");

        var (lines, suppressed) = (0L, 0L);
        await FishForMessageAsync<LogEvent>(
            e =>
            {
                var text = $"{e.Message}";
                lines += text.StartsWith("[storm-1] handler failed", StringComparison.Ordinal) ? 1 : 0;
                suppressed += Suppressed().Match(text) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
                return lines + suppressed == Failures;
            },
            Deadline);

        Assert.InRange(lines, 1, LimitedLog.MostPerSecond * (((Environment.TickCount64 - begin) / 1000) + 2));
    }

    [GeneratedRegex(@"\+\d+\.\d{3}")]
    private static partial Regex Time();

    [GeneratedRegex(@"^\[storm\] (\d+) lines like the last ones suppressed: HandlerFailed$")]
    private static partial Regex Suppressed();
}
