using System.Diagnostics;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>A running program that may suddenly have hardly more descriptors than it has.</summary>
[Trait("Category", "Faults")]
public sealed class DescriptorPressureTests
{
    private const int Live = 10;
    private const int Crowd = 60;

    // A little more than it has: with less, .NET could not even start the threads that it may want.
    private const int More = 20;

    [SkippableTheory]
    [InlineData("event-loop")]
    [InlineData("thread-pool")]
    [Proves("the process is short of descriptors or memory on accept", "the log, once a second")]
    public async Task The_native_driver_has_new_clients_wait_neither_spins_nor_floods_its_log_and_then_serves_all(string dispatcher)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "prlimit is Linux'");
        const string Complaint = "cannot accept: ";
        await using var server = await StartAsync($"driver = native, dispatcher = {dispatcher}");
        using var books = await Books.OpenAsync(server);
        var port = server.Port("echo");
        await using (var live = await LiveClients.StartAsync(Live, port))
        {
            List<FrameClient> crowd = [];
            var time = Stopwatch.StartNew();
            using (new DescriptorLimit(server.Id, More))
            {
                for (var number = 0; number < Crowd; number++)
                {
                    crowd.Add(await FrameClient.ConnectAsync(port));
                }

                await server.SaysAsync(Complaint);
                var cpu = new CpuMeter(server.Id);
                await Task.Delay(TimeSpan.FromSeconds(2));
                Assert.InRange(cpu.Share, 0, 0.5);
                await live.EchoOnAsync();
                Assert.InRange((await books.ReadAsync("echo")).Active, Live, Live + More);
            }

            foreach (var client in crowd)
            {
                Assert.True(await client.ExchangeAsync());
            }

            await live.EchoOnAsync();
            await books.BalancedAsync("echo", Live + Crowd);
            Assert.InRange(server.Count(Complaint), 1, time.Elapsed.TotalSeconds + 1);
            crowd.ForEach(client => client.Dispose());
        }

        await books.BalancedAsync("echo");
        Assert.Equal(Live + Crowd, (await books.ReadAsync("echo")).Accepted);
    }

    /// <summary>Its accept cannot be held up, so new clients are turned away before nothing is left.</summary>
    [SkippableFact]
    [Proves("the process is short of descriptors on accept (akka-io)", "NoDescriptors")]
    public async Task Akka_io_resets_new_clients_until_there_are_descriptors_again_and_live_connections_echo_on()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "prlimit is Linux'");
        await using var server = await StartAsync("driver = akka-io");
        using var books = await Books.OpenAsync(server);
        var port = server.Port("echo");
        await using var live = await LiveClients.StartAsync(Live, port);
        List<StreamClient> served = [];
        using (new DescriptorLimit(server.Id, More))
        {
            for (var number = 0; number < Crowd; number++)
            {
                if (await TryConnectAsync(port) is { } client)
                {
                    served.Add(client);
                }
            }

            Assert.InRange(served.Count, 0, More);
            await server.SaysAsync("[echo] refused 127.0.0.1:");
            await live.EchoOnAsync();
            Assert.Equal(Crowd - served.Count, (await books.ReadAsync("echo")).Refused[RefusalReason.NoDescriptors]);
        }

        Assert.True(await StreamClient.IsServedAsync(port));
        Assert.All(await Task.WhenAll(served.Select(client => client.EchoesAsync())), Assert.True);
        await live.EchoOnAsync();
        await books.BalancedAsync("echo", Live + served.Count);
        Assert.Equal(0, (await books.ReadAsync("echo")).Rebinds);
        served.ForEach(client => client.Dispose());
    }

    /// <summary>As an operator can read it before.</summary>
    [Fact]
    public async Task The_fault_matrix_says_so()
    {
        var native = await ExplainAsync("native");
        Assert.Matches("the process is short of descriptors or memory on accept +nothing +the log, once a second +clients wait in the kernel's queue; tried again after 10ms to 1s", native);
        var akkaIo = await ExplainAsync("akka-io");
        Assert.Matches(@"the process is short of descriptors on accept \(akka-io\) +the new connections +clients: reset; NoDescriptors; the log +until there are more than 16 again", akkaIo);
        Assert.Matches(@"an accept fails by what Akka.IO does not know, as ENOMEM \(akka-io\) +the endpoint with its connections +clients: reset; OnClosed\(TransportFailed\); health, the log +bound again after 100ms", akkaIo);
    }

    private static async Task<string> ExplainAsync(string driver) =>
        (await ServerProcess.RunWithAsync($$"""actor-sockets.servers.test { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = {{driver}} }""", "explain")).Output;

    /// <returns>Null where it is refused.</returns>
    private static async Task<StreamClient?> TryConnectAsync(int port)
    {
        try
        {
            var client = await StreamClient.ConnectAsync(port);
            if (await client.EchoesAsync())
            {
                return client;
            }

            client.Dispose();
        }
        catch (SocketException)
        {
            // .NET has taken notice of the reset already.
        }

        return null;
    }

    private static Task<ServerProcess> StartAsync(string options) => ServerProcess.StartAsync(
        $$"""
        echo { handler = echo, listen = ["tcp://127.0.0.1:0"], {{options}} }
        {{Books.Server}}
        """,
        Books.Plugin);
}
