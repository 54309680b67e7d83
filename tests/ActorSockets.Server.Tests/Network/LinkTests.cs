using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ActorSockets.Server.Tests.Faults;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests.Network;

/// <summary>Networks that delay, lose and cut, peers that vanish, and senders that are forged.</summary>
[Trait("Category", "Faults")]
public sealed class LinkTests
{
    private const int Port = 4000;
    private const int Connections = 20;
    private const int Held = 5;
    private const int Peers = 5000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Drivers => ["native", "akka-io"];

    [SkippableTheory]
    [MemberData(nameof(Drivers))]
    [Proves("the network loses, delays, doubles or reorders packets, or is cut for a while", "nothing")]
    public async Task A_network_that_delays_loses_doubles_and_reorders_changes_the_speed_and_never_the_content(string driver)
    {
        await using var link = await Link.OpenAsync();
        link.SetRules(new { delay = 0.04, jitter = 0.02, loss = 0.03, @double = 0.01, reorder = 0.1 });
        await using var server = await link.StartServerAsync(Echo(driver));
        using var books = await link.OpenBooksAsync();

        Assert.Equal("4000 frames, 0 failures", await RunAsync(link.StartClient("frames.py", Link.ServerAddress, Port, Connections, 200, 1024)));

        await AllHaveGoneAsync(books);
        foreach (var fault in new[] { "lost", "doubled", "reordered" })
        {
            Assert.True(await link.CountAsync(fault) > 10, $"packets were {fault}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Drivers))]
    public async Task A_line_that_is_cut_for_ten_seconds_costs_no_connection(string driver)
    {
        await using var link = await Link.OpenAsync();
        await using var server = await link.StartServerAsync(Echo(driver));
        using var books = await link.OpenBooksAsync();
        var client = link.StartClient("frames.py", Link.ServerAddress, Port, Connections, 500, 1024);
        await UntilTalkingAsync(link);

        link.SetRules(new { down = true });
        await Task.Delay(TimeSpan.FromSeconds(10));
        Assert.False(client.HasExited, "the cut came while they talked");
        link.SetRules(new { });

        Assert.Equal("10000 frames, 0 failures", await RunAsync(client));
        await AllHaveGoneAsync(books);
        Assert.True(await link.CountAsync("cut") > 10, "packets were cut");
    }

    [SkippableTheory]
    [MemberData(nameof(Drivers))]
    [Proves("a client's machine vanishes while it is idle", "OnClosed(PeerLost)")]
    public async Task Peers_that_vanish_while_they_are_idle_end_as_PeerLost(string driver)
    {
        await using var link = await Link.OpenAsync();
        await using var server = await link.StartServerAsync(Echo(driver, "tcp { keep-alive = 2s, keep-alive-interval = 1s, keep-alive-count = 3, user-timeout = off }"));
        using var books = await link.OpenBooksAsync();
        using var client = await HoldAsync(link);
        await AllAreThereAsync(books);

        link.SetRules(new { down = true });

        await AllEndAsync(server, books, CloseReason.PeerLost);
        client.Kill();
        Assert.True(await link.CountAsync("cut") > 0, "packets were cut");
    }

    [SkippableTheory]
    [InlineData("native", CloseReason.PeerLost, "tcp.user-timeout = 3s, write-stall-timeout = 1m")]
    [InlineData("akka-io", CloseReason.PeerLost, "tcp.user-timeout = 3s, write-stall-timeout = 1m")]
    [InlineData("native", CloseReason.SlowConsumer, "tcp.user-timeout = 1m, write-stall-timeout = 3s")]
    [InlineData("akka-io", CloseReason.SlowConsumer, "tcp.user-timeout = 1m, write-stall-timeout = 3s")]
    [Proves("it vanishes while something is unsent", "OnClosed(SlowConsumer or PeerLost)")]
    public async Task Peers_that_vanish_while_something_is_unsent_end_by_the_earlier_of_both_times(string driver, CloseReason reason, string options)
    {
        await using var link = await Link.OpenAsync();
        await using var server = await link.StartServerAsync(
            $$"""test { handler = chargen, listen = [ "tcp://{{Link.ServerAddress}}:{{Port}}" ], driver = {{driver}}, {{options}} }""");
        using var books = await link.OpenBooksAsync();

        // They read for longer than the earlier time, and would go on: it is the cut that ends them.
        using var client = await HoldAsync(link, 5);
        await AllAreThereAsync(books);

        link.SetRules(new { down = true });

        await AllEndAsync(server, books, reason);
        client.Kill();
        Assert.True(await link.CountAsync("cut") > 0, "packets were cut");
    }

    [SkippableTheory]
    [InlineData("native", 64)]

    // Akka.IO allocates for each datagram: the garbage collector lets that much gather, and no more however long it goes on.
    [InlineData("akka-io", 160)]
    public async Task A_flood_from_forged_addresses_costs_bounded_memory_and_known_peers_go_on(string driver, int megabytes)
    {
        await using var link = await Link.OpenAsync();
        await using var server = await link.StartServerAsync(
            $$"""test { handler = echo, listen = [ "udp://{{Link.ServerAddress}}:{{Port}}" ], driver = {{driver}}, datagram { max-peers = {{Peers}}, peer-timeout = 10m } }""");
        using var books = await link.OpenBooksAsync();
        var before = ResidentMegabytes(server);

        var flood = RunAsync(link.StartClient("flood.py", Link.ServerAddress, Port, 10));
        for (; !flood.IsCompleted; await Task.WhenAny(flood, Task.Delay(50)))
        {
            Assert.InRange((await books.ReadAsync("test")).Active, 0, Peers);
        }

        var counts = JsonDocument.Parse(await flood).RootElement;
        var (asked, answered, flooded) = (Count("asked"), Count("answered"), Count("flooded"));

        var received = long.Parse((await link.ReadProcAsync("snmp")).Split('\n').Last(line => line.StartsWith("Udp:", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
        Assert.True(flooded > 50_000 && received > flooded / 4, $"{flooded} datagrams were sent, {received} came in");
        Assert.True(answered >= asked * 0.9, $"{answered} of {asked} honest questions were answered");
        Assert.InRange(ResidentMegabytes(server) - before, -before, megabytes);
        await books.BalancedAsync("test", Peers);
        var page = await books.ReadAsync("test");
        Assert.Equal((Peers, received), (page.Accepted, page.DatagramsReceived));
        Assert.True(page.DatagramsDropped[DropReason.TooManyPeers] > received / 4, "most were one peer too many");

        int Count(string name) => counts.GetProperty(name).GetInt32();
    }

    private static string Echo(string driver, string options = "") =>
        $$"""test { handler = echo, listen = [ "tcp://{{Link.ServerAddress}}:{{Port}}" ], driver = {{driver}}, {{options}} }""";

    private static async Task<Process> HoldAsync(Link link, params object[] seconds)
    {
        var client = link.StartClient("hold.py", [Link.ServerAddress, Port, Held, .. seconds]);
        Assert.Equal("held", await client.StandardOutput.ReadLineAsync().WaitAsync(Deadline.Long));
        return client;
    }

    /// <summary>All that have come were closed by their clients, and by nobody else.</summary>
    private static async Task AllHaveGoneAsync(Books books)
    {
        await books.BalancedAsync("test");
        Assert.Equal((Connections, Connections), await CountAsync(books, CloseReason.PeerClosed));
    }

    /// <summary>All that are held live, and nothing has befallen any.</summary>
    private static async Task AllAreThereAsync(Books books)
    {
        await books.BalancedAsync("test", Held);
        Assert.Equal(Held, (await books.ReadAsync("test")).Accepted);
    }

    /// <summary>All that are held end for this reason, and say so.</summary>
    private static async Task AllEndAsync(ServerProcess server, Books books, CloseReason reason)
    {
        foreach (var number in Enumerable.Range(1, Held))
        {
            await server.SaysAsync($"[test-{number}] closed: {reason}");
        }

        await books.BalancedAsync("test");
        Assert.Equal((Held, Held), await CountAsync(books, reason));
    }

    private static async Task<(long Accepted, long Closed)> CountAsync(Books books, CloseReason reason)
    {
        var page = await books.ReadAsync("test");
        return (page.Accepted, page.Closed[reason]);
    }

    /// <summary>All are connected.</summary>
    private static Task UntilTalkingAsync(Link link) => Deadline.UntilAsync("all are connected", async () =>
        (await link.ReadProcAsync("tcp")).Split('\n').Count(line => line.Contains(" 01 ", StringComparison.Ordinal)) >= Connections);

    private static async Task<string> RunAsync(Process client)
    {
        using (client)
        {
            var said = await client.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
            Assert.Equal("", await client.StandardError.ReadToEndAsync().WaitAsync(Patience));
            return said.Trim();
        }
    }

    private static long ResidentMegabytes(ServerProcess server)
    {
        using var process = Process.GetProcessById(server.Id);
        return process.WorkingSet64 / (1024 * 1024);
    }
}
