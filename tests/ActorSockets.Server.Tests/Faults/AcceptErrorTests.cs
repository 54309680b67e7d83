using System.Diagnostics;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>What the kernel may say when a connection is accepted (<c>accept(2)</c>).</summary>
[Trait("Category", "Faults")]
public sealed class AcceptErrorTests(AcceptFaultServers servers) : IClassFixture<AcceptFaultServers>
{
    private const string Complaint = "cannot accept: ";
    private const int Live = 3;
    private const int Crowd = 20;

    [SkippableTheory]
    [InlineData(LinuxError.EMFILE)]
    [InlineData(LinuxError.ENFILE)]
    [InlineData(LinuxError.ENOBUFS)]
    [InlineData(LinuxError.ENOMEM)]
    [Proves("the process is short of descriptors or memory on accept", "clients wait in the kernel's queue")]
    public async Task The_native_driver_waits_while_the_machine_is_short_of_something_and_then_serves_all(LinuxError error)
    {
        await servers.StartAsync();
        await using var onLoop = await LiveClients.StartAsync(Live, servers.Process.Port("loop"));
        await using var onPool = await LiveClients.StartAsync(Live, servers.Process.Port("pool"));
        var (time, complaints) = (Stopwatch.StartNew(), servers.Process.Count(Complaint));
        using var rule = servers.Rules.Add(FaultCall.Accept4, 1000, error);
        List<FrameClient> crowd = [];
        for (var number = 0; number < Crowd; number++)
        {
            crowd.Add(await FrameClient.ConnectAsync(servers.Process.Port(number % 2 == 0 ? "loop" : "pool")));
        }

        var waiting = Task.WhenAll(crowd.Select(client => client.ExchangeAsync()));
        await servers.Process.SaysAsync(Complaint, complaints + 1);
        await onLoop.EchoOnAsync();
        await onPool.EchoOnAsync();

        // 10 ms at first and then longer and longer: both acceptors together try no more often.
        Assert.InRange(rule.Hits, 1, 20 + (2 * time.Elapsed.TotalSeconds));
        Assert.InRange(servers.Process.Count(Complaint) - complaints, 1, time.Elapsed.TotalSeconds + 1);
        Assert.All(crowd, client => Assert.Equal(0, client.Returned));
        rule.Lift();

        Assert.All(await waiting, Assert.True);
        await onLoop.EchoOnAsync();
        await onPool.EchoOnAsync();
        crowd.ForEach(client => client.Dispose());
        await AssertUndisturbedAsync("loop", Live);
        await AssertUndisturbedAsync("pool", Live);
    }

    [SkippableTheory]
    [InlineData(LinuxError.ECONNABORTED)]
    [InlineData(LinuxError.EPROTO)]
    [InlineData(LinuxError.EPERM)]
    [InlineData(LinuxError.ENETDOWN)]
    [InlineData(LinuxError.EHOSTUNREACH)]
    [InlineData(LinuxError.ETIMEDOUT)]
    public async Task The_native_driver_goes_on_after_an_error_of_one_connection(LinuxError error)
    {
        await servers.StartAsync();
        await using var onLoop = await LiveClients.StartAsync(Live, servers.Process.Port("loop"));
        await using var onPool = await LiveClients.StartAsync(Live, servers.Process.Port("pool"));
        var complaints = servers.Process.Count(Complaint);
        using var rule = servers.Rules.Add(FaultCall.Accept4, 400, error);

        // .NET does not say that it is EPROTO, which could be ENOMEM as well: it is waited for.
        await ServeAsync(rule);
        rule.Lift();

        Assert.True(error == LinuxError.EPROTO || servers.Process.Count(Complaint) == complaints, servers.Process.Said);
        await onLoop.EchoOnAsync();
        await onPool.EchoOnAsync();
        await AssertUndisturbedAsync("loop", Live);
        await AssertUndisturbedAsync("pool", Live);
    }

    [SkippableTheory]
    [InlineData(LinuxError.EMFILE, 1000)]
    [InlineData(LinuxError.ENFILE, 1000)]
    [InlineData(LinuxError.ENOBUFS, 1000)]
    [InlineData(LinuxError.ECONNABORTED, 400)]
    [InlineData(LinuxError.EHOSTUNREACH, 400)]
    [InlineData(LinuxError.ETIMEDOUT, 400)]
    public async Task Akka_io_tries_again_after_an_error_that_it_knows(LinuxError error, int permille)
    {
        await servers.StartAsync();
        await using var live = await LiveClients.StartAsync(Live, servers.Process.Port("akka"));
        using var rule = servers.Rules.Add(FaultCall.Accept4, permille, error);
        using var client = await FrameClient.ConnectAsync(servers.Process.Port("akka"));
        var waiting = client.ExchangeAsync();
        await Deadline.UntilAsync("it fails", async () =>
        {
            // Another accept, in case that this one succeeded.
            using var other = await FrameClient.ConnectAsync(servers.Process.Port("akka"));
            return rule.Hits > 0;
        });
        await live.EchoOnAsync();
        rule.Lift();

        Assert.True(await waiting);
        await live.EchoOnAsync();
        client.Dispose();
        await servers.Books.BalancedAsync("akka", Live);
    }

    /// <summary>As the fault matrix says.</summary>
    [SkippableTheory]
    [InlineData(LinuxError.ENOMEM)]
    [InlineData(LinuxError.EPROTO)]
    [InlineData(LinuxError.EPERM)]
    [InlineData(LinuxError.ENETDOWN)]
    [Proves("an accept fails by what Akka.IO does not know, as ENOMEM (akka-io)", "the endpoint with its connections")]
    public async Task Akka_io_loses_the_endpoint_with_its_connections_by_an_error_that_it_does_not_know_and_binds_it_again(LinuxError error)
    {
        await servers.StartAsync();
        var before = await servers.Books.ReadAsync("akka");
        List<FrameClient> clients = [];
        for (var number = 0; number < Live; number++)
        {
            clients.Add(await FrameClient.ConnectAsync(servers.Process.Port("akka")));
            Assert.True(await clients[^1].ExchangeAsync());
        }

        using var rule = servers.Rules.Add(FaultCall.Accept4, 1000, error);
        await IsServedAsync(servers.Process.Port("akka"));
        Assert.NotEqual(0, rule.Hits);

        // Bound again while accepts fail: an error that Akka.IO's listener did not take notice of would leave it deaf.
        await Deadline.UntilAsync("it is bound again, and again", async () => (await servers.Books.ReadAsync("akka")).Rebinds >= before.Rebinds + 2);
        rule.Lift();
        Assert.All(await Task.WhenAll(clients.Select(client => client.EndsAsync())), Assert.True);
        await Deadline.UntilAsync("it is bound again", () => IsServedAsync(servers.Process.Port("akka")));
        await servers.Books.BalancedAsync("akka");
        var after = await servers.Books.ReadAsync("akka");
        Assert.Equal(Live, after.Closed[CloseReason.TransportFailed] - before.Closed[CloseReason.TransportFailed]);
        Assert.InRange(after.Rebinds, before.Rebinds + 1, before.Rebinds + 10);
        clients.ForEach(client => client.Dispose());
    }

    private static async Task<bool> IsServedAsync(int port)
    {
        try
        {
            return await StreamClient.IsServedAsync(port);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Clients of both come and are served until the rule was met often enough.</summary>
    private Task ServeAsync(FaultRules.FaultRule rule) => Deadline.UntilAsync("it fails often enough", async () =>
    {
        foreach (var server in new[] { "loop", "pool" })
        {
            for (var number = 0; number < Crowd; number++)
            {
                Assert.True(await StreamClient.IsServedAsync(servers.Process.Port(server)));
            }
        }

        return rule.Hits >= 10;
    });

    private async Task AssertUndisturbedAsync(string server, int active)
    {
        await servers.Books.BalancedAsync(server, active);
        Assert.Equal(0, (await servers.Books.ReadAsync(server)).Closed[CloseReason.TransportFailed]);
    }
}
