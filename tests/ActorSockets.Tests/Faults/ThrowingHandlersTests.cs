using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Tests.Faults;

/// <summary>Handlers of connections that throw, wherever they can: it costs those for whom they throw, and nobody else.</summary>
[Trait("Category", "Faults")]
public sealed class ThrowingHandlersTests : ServerTest
{
    // Restarted twice each, they are not ten handlers in a row that could not be made.
    private const int Victims = 3;

    public static TheoryData<string, string> StylesAndPlaces => Join(
        ("delegate", ["verify hook", "before the first await", "handle", "error hook"]),
        ("request handler", ["verify hook", "constructor", "verify", "setup", "handle", "finish", "error hook", "OnClosed"]),
        ("connection actor", [
            "verify hook", "constructor", "PreStart", "verify", "OnConnected", "handle", "Receive", "ReceiveAsync", "OnWritingPaused", "OnWritingResumed",
            "OnPeerCompleted", "error hook", "PreRestart", "PostRestart", "OnClosed", "PostStop"]));

    [Theory]
    [MemberData(nameof(StylesAndPlaces))]
    public async Task It_costs_nobody_else_anything_and_each_connection_ends_once(string style, string place)
    {
        foreach (var policy in new[] { RestartPolicy.Close, RestartPolicy.Restart(max: 2), RestartPolicy.Resume(max: 2) })
        {
            if (policy.OnFailure == OnFailure.Restart || place is not ("PreRestart" or "PostRestart"))
            {
                await ThrowAsync(style, place, policy);
            }
        }
    }

    [Theory]
    [InlineData(OnFailure.Close, 0)]
    [InlineData(OnFailure.Restart, 1)]
    [InlineData(OnFailure.Resume, 1)]
    public async Task A_stop_does_not_mind_an_actor_that_throws_when_it_is_told_of_it(OnFailure onFailure, int goesOn)
    {
        var trap = new Trap("OnServerStopping");
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleTrapped("connection actor", trap).OnFailure(new RestartPolicy(onFailure, 2, Deadline)).Configure(o => o.DrainTimeout = Deadline));
        var clients = await Task.WhenAll(Enumerable.Range(0, Victims).Select(_ => ConnectAsync(server)));
        foreach (var client in clients)
        {
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "a\n");
        }

        trap.Set();
        var stopping = server.StopAsync();
        await UntilAsync(() => server.Statistics.HandlerFailures == Victims, "all have failed");

        foreach (var client in clients)
        {
            if (goesOn == 1)
            {
                await SendAsync(client, "b\n");
                await ExpectAsync(client, "b\n");
                client.Client.Shutdown(SocketShutdown.Send);
            }

            Assert.Equal("", await ReadToEndAsync(client));
            client.Dispose();
        }

        Assert.Equal(new StopReport(Victims, 0), await stopping.WaitAsync(Deadline));
        Assert.Equal(Victims, trap.Sprung);
        Assert.Equal(Victims, trap.Ended.Distinct().Count());
        await AssertBalancedAsync(server);
    }

    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("connection actor")]
    public async Task A_message_that_nobody_knows_is_not_fatal(string style)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleLines(style));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "a\n");

        foreach (var message in new object[] { new Version(1, 2), new Status.Failure(new InvalidOperationException("not yours")), ReceiveTimeout.Instance })
        {
            server.Connections.Single().Self.Tell(message, TestActor);
            Assert.Same(message, (await FishForMessageAsync<UnhandledMessage>(unhandled => unhandled.Recipient.Equals(server.Connections.Single().Self), Deadline)).Message);
        }

        await SendAsync(client, "b\n");
        await ExpectAsync(client, "b\n");
        Assert.Equal((0, 0), (server.Statistics.HandlerFailures, server.Statistics.Closed.Values.Sum()));
    }

    private static TheoryData<string, string> Join(params (string Style, string[] Places)[] styles)
    {
        var all = new TheoryData<string, string>();
        foreach (var (style, places) in styles)
        {
            Array.ForEach(places, place => all.Add(style, place));
        }

        return all;
    }

    private async Task ThrowAsync(string style, string place, RestartPolicy policy)
    {
        var trap = new Trap(place);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleTrapped(style, trap).OnFailure(policy), $"{policy.OnFailure}");
        await using var bystander = await Bystander.JoinAsync(server);

        trap.Set();
        await Task.WhenAll(Enumerable.Range(0, Victims).Select(_ => SufferAsync(server)));
        await UntilAsync(() => server.Statistics.Closed.Values.Sum() == Victims, "they have ended", () => $"{server.Statistics}");
        trap.Disarm();

        Assert.InRange(trap.Sprung, Victims, 3 * Victims);
        using (var next = await ConnectAsync(server))
        {
            await SendAsync(next, "a\n");
            await ExpectAsync(next, "a\n");
        }

        await bystander.LeaveAsync();
        await UntilAsync(() => server.Connections.Count == 0, "all have ended");
        await AssertBalancedAsync(server);
        Assert.Equal((Victims + 2, 0), (server.Statistics.Accepted, server.Statistics.Rebinds));
        Assert.Equal(Victims + 2, server.RecentlyClosed.Select(closed => closed.Id).Distinct().Count());
        Assert.Equal((0, null), (server.LostEndpoints.Count, server.HandlerFailure));
        Assert.Equal(new StopReport(0, 0), await server.StopAsync().WaitAsync(Deadline));
        Assert.Equal(trap.Ended.Distinct().Order(), trap.Ended.Order());
    }

    /// <summary>Says something that may be its end, and sees that come.</summary>
    private static async Task SufferAsync(SocketServer server)
    {
        using var client = await ConnectAsync(server);
        try
        {
            await SendAsync(client, "a\ntrap\n");
            client.Client.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(client);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // As an end or as a reset.
        }
    }
}
