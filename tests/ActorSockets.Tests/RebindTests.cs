using System.Net;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Tests;

public sealed class RebindTests() : ServerTest("WARNING")
{
    [Fact]
    [Proves("a listening socket is lost", "the log")]
    public async Task A_lost_endpoint_is_tried_again_after_pauses_that_double_up_to_their_limit()
    {
        var server = await StartAsync(
            s => s.Listen("tcp://127.0.0.1:0")
                .Handle<CounterActor>()
                .Configure(o => (o.MinRebindBackoff, o.MaxRebindBackoff) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2))),
            "lost");
        var endpoint = server.Endpoints[0];
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        var listener = await Sys.ActorSelection(server.Actor.Path / "listeners" / "*").ResolveOne(Deadline);

        // Its warning may come before its end.
        var watcher = CreateTestProbe();
        watcher.Watch(listener);
        Sys.Stop(listener);
        await watcher.ExpectTerminatedAsync(listener, Deadline);

        using (var other = new TcpListener(IPAddress.Loopback, endpoint.Port))
        {
            // The first try to bind it again is a second away.
            other.Start();
            Assert.Equal($"[lost] {endpoint} is lost; binding it again in 1 s", await NextWarningAsync());
            foreach (var pause in new[] { "2", "2" })
            {
                Assert.Equal($"[lost] cannot bind {endpoint} again: Address already in use; next try in {pause} s", await NextWarningAsync());
            }
        }

        await UntilAsync(() => server.Statistics.Rebinds == 1, "bound again");
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");
    }

    private async Task<string> NextWarningAsync() =>
        $"{(await FishForMessageAsync<Warning>(warning => $"{warning.Message}".StartsWith("[lost]", StringComparison.Ordinal), Deadline)).Message}";
}
