using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests.Faults;

/// <summary>Any actor is stopped, again and again, while a hundred clients talk to the server.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class RandomKillsTests : ServerTest
{
    private const int Clients = 100;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Below the server's own actor, whose end is the server's.
    private static readonly string[] Ours = ["listeners", "connections", "tick-1", "tcp-", "udp-"];

    private readonly WitnessActor.Notes _notes = new();
    private readonly List<Kill> _kills = [];
    private readonly Dictionary<string, int> _ours = [];
    private readonly Queue<string> _next = new(Ours);
    private readonly CancellationTokenSource _over = new();

    [SkippableFact]
    public async Task The_tree_heals_and_nobody_but_those_who_were_stopped_notices()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "what the process has is counted in /proc");
        var before = Holdings.Count();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle(() => new WitnessActor(_notes)).Handle<CounterPeer>()
            .OnTick(TimeSpan.FromMilliseconds(50), _ => Task.CompletedTask));
        var clients = Enumerable.Range(0, Clients).Select(_ => TalkAsync(server)).ToList();
        var datagrams = TalkByDatagramsAsync(server);
        await UntilAsync(() => server.Statistics.Active == Clients + 1, "all are connected");

        for (var (kills, end) = (0, Environment.TickCount64 + (long)Time.TotalMilliseconds); Environment.TickCount64 < end; kills++)
        {
            await KillAsync(server, random, kills % 5 == 4);
            await Task.Delay(Pause);
        }

        // Survivors talk on, and whoever lost its connection has another one.
        await UntilAsync(() => server.Statistics.Active == Clients + 1 && server.LostEndpoints.Count == 0, "the tree has healed", () => $"seed {seed}");
        await _over.CancelAsync();
        var broken = (await Task.WhenAll(clients)).SelectMany(breaks => breaks).ToList();
        Assert.True(await datagrams > 0, "datagrams were answered");
        Assert.Equal(Ours.Order(), _ours.Keys.Order());
        Assert.InRange(broken.Count(one => _kills.Exists(kill => kill.Name == one.Id)), 30, Time / Pause);
        Assert.All(broken, one => Assert.True(_kills.Exists(one.IsBy), $"{one} broke, and nobody stopped it; seed {seed}"));

        await UntilAsync(() => server.Connections.Count == 0, "all have ended");
        Assert.Equal(server.Statistics.Closed.Values.Sum() + server.Statistics.Active, server.Statistics.Accepted);
        await server.StopAsync().WaitAsync(Deadline);
        Assert.Equal(_notes.Begun.Order(), _notes.Ended.Select(ended => ended.Id).Order());
        Assert.Equal(_notes.Begun.Count, _notes.Begun.Distinct().Count());
        await AssertBalancedAsync(server);
        await before.ComeBackAsync();
    }

    [SkippableTheory]
    [InlineData("server")]
    [InlineData("root")]
    public async Task Where_the_server_s_own_actor_or_their_parent_is_stopped_whoever_started_it_starts_it_again(string what)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "what the process has is counted in /proc");
        var before = Holdings.Count();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("udp://127.0.0.1:0").Handle(() => new WitnessActor(_notes)).Handle<CounterPeer>());
        var clients = Enumerable.Range(0, Clients).Select(_ => TalkAsync(server)).ToList();
        for (var kills = 0; kills < 20; kills++)
        {
            await UntilAsync(() => server.Statistics.Active == Clients, "all are connected");
            var actor = server.Actor;
            Sys.Stop(what == "server" ? actor : await Sys.ActorSelection(actor.Path.Parent).ResolveOne(Deadline));

            await server.Completion.WaitAsync(Deadline);
            Assert.Equal((ServerState.Stopped, 0), (server.State, server.Statistics.Active));

            // Who had no actor yet ends with the server, the others with their actors.
            Assert.Equal(Clients, server.Statistics.Closed[CloseReason.LocalClosed] + server.Statistics.Closed[CloseReason.ServerStopping]);
            await AssertBalancedAsync(server);
            await server.StartAsync().WaitAsync(Deadline);
            Assert.NotEqual(actor, server.Actor);
        }

        await UntilAsync(() => server.Statistics.Active == Clients, "all are connected");
        await _over.CancelAsync();
        await Task.WhenAll(clients);
        await server.StopAsync().WaitAsync(Deadline);
        Assert.Equal(_notes.Begun.Order(), _notes.Ended.Select(ended => ended.Id).Order());
        await AssertBalancedAsync(server);
        await before.ComeBackAsync();
    }

    /// <summary>Stops one actor: one of a connection or peer, or one of the server's own.</summary>
    private async Task KillAsync(SocketServer server, Random random, bool ofOurs)
    {
        if (ofOurs)
        {
            _next.Enqueue(_next.Peek());
        }

        var kind = ofOurs ? _next.Dequeue() : "test-";
        var candidates = Below((ActorRefWithCell)server.Actor).Where(actor => actor.Path.Name.StartsWith(kind, StringComparison.Ordinal)).ToList();
        if (candidates.Count == 0)
        {
            return;
        }

        var chosen = candidates[random.Next(candidates.Count)];
        var watcher = CreateTestProbe();
        await watcher.WatchAsync(chosen);
        var begin = Stopwatch.GetTimestamp();
        Sys.Stop(chosen);
        await watcher.ExpectTerminatedAsync(chosen, Deadline);
        _kills.Add(new Kill(chosen.Path.Name, begin, Stopwatch.GetTimestamp()));
        if (ofOurs)
        {
            _ours[kind] = _ours.GetValueOrDefault(kind) + 1;
        }
    }

    /// <summary>Talks, and connects again where it cannot go on; says which connections broke. Who was not told its id yet had not begun.</summary>
    private async Task<List<Break>> TalkAsync(SocketServer server)
    {
        var broken = new List<Break>();
        while (!_over.IsCancellationRequested)
        {
            string? id = null;
            var lived = Stopwatch.GetTimestamp();
            try
            {
                using var client = await ConnectAsync(server);
                using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
                id = await reader.ReadLineAsync().WaitAsync(Deadline);
                for (var line = 1; id is not null && !_over.IsCancellationRequested; line++)
                {
                    var asked = Stopwatch.GetTimestamp();
                    await SendAsync(client, "x\n");
                    if (await reader.ReadLineAsync().WaitAsync(Deadline) is not { } answer)
                    {
                        broken.Add(new Break(id, lived, Stopwatch.GetTimestamp()));
                        break;
                    }

                    Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{line} x"), answer);
                    lived = asked;
                    await Task.Delay(20);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                if (id is not null)
                {
                    broken.Add(new Break(id, lived, Stopwatch.GetTimestamp()));
                }

                await Task.Delay(20);
            }
        }

        return broken;
    }

    /// <summary>Says how many were answered.</summary>
    private async Task<int> TalkByDatagramsAsync(SocketServer server)
    {
        using var client = OpenUdp(server, 1);
        var answered = 0;
        while (!_over.IsCancellationRequested)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            try
            {
                await client.SendAsync("x"u8.ToArray(), patience.Token);
                await client.ReceiveAsync(patience.Token);
                answered++;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // Lost, or nobody was bound.
            }
        }

        return answered;
    }

    private static IEnumerable<IActorRef> Below(ActorRefWithCell actor) =>
        actor.Children.SelectMany(child => child is ActorRefWithCell cell ? [child, .. Below(cell)] : new[] { (IActorRef)child });

    /// <summary>The end of an actor, from the call to stop it until its end and that of all below it.</summary>
    private sealed record Kill(string Name, long Begin, long End);

    /// <summary>The end of a connection that its client did not want.</summary>
    /// <param name="Id">Its name, which is its actor's.</param>
    /// <param name="Lived">When the client asked what was answered last: the actor lived after that.</param>
    /// <param name="Noticed">When the client noticed.</param>
    private sealed record Break(string Id, long Lived, long Noticed)
    {
        /// <summary>Only its own actor's end ends it, and that of the supervisor, which takes all actors along. Listeners leave it alone.</summary>
        public bool IsBy(Kill kill) => (kill.Name == Id || kill.Name == "connections") && kill.End >= Lived && kill.Begin <= Noticed;
    }
}
