using System.Diagnostics;
using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary><c>accept-rate</c>.</summary>
public sealed class AcceptRateTests : ServerTest
{
    private const int Rate = 10;

    [Fact]
    [Proves("more than * connections in a second", "TooFast")]
    public async Task Connections_that_come_too_fast_are_refused_and_later_ones_are_served()
    {
        var time = Stopwatch.StartNew();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().RejectWith("slow down\n"u8.ToArray()).Configure(o => o.AcceptRate = Rate));
        var (served, refused) = (0, 0);
        while (refused < 20)
        {
            using var client = await ConnectAsync(server);
            await Record.ExceptionAsync(() => SendAsync(client, "a\n"));
            client.Client.Shutdown(SocketShutdown.Send);
            switch (await ReadToEndAsync(client))
            {
                case "1 a\n":
                    served++;
                    break;
                case "slow down\n":
                    refused++;
                    break;
                default:
                    Assert.Fail("neither served nor refused");
                    break;
            }
        }

        // A second's worth at once, and then as time goes by.
        Assert.InRange(served, Rate, (int)(Rate * (time.Elapsed.TotalSeconds + 1)) + 1);
        Assert.Equal(refused, server.Statistics.Refused[RefusalReason.TooFast]);
        Assert.Equal(served, server.Statistics.Accepted);
        await UntilAsync(() => IsServed(server), "served again");
    }

    [Fact]
    [Proves("more than * connections in a second", "nobody: they wait")]
    public async Task With_overflow_wait_who_comes_too_fast_waits_for_a_turn_where_the_driver_can_leave_them_in_the_queue()
    {
        if (Driver != "native")
        {
            var exception = await Assert.ThrowsAsync<ConfigurationException>(() => StartWaitingAsync());
            Assert.Equal("server 'test': accept-rate with overflow = wait is possible with driver = native; tcp://127.0.0.1:0 is served by driver = akka-io", exception.Message);
            return;
        }

        var time = Stopwatch.StartNew();
        var server = await StartWaitingAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 3 * Rate).Select(async i =>
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "a\n");
            await ExpectAsync(client, "1 a\n");
            return time.Elapsed;
        }));

        Assert.Equal(0, server.Statistics.Refused.Values.Sum());
        Assert.Equal(3 * Rate, server.Statistics.Accepted);

        // Two thirds of them had to wait for what a second allows.
        Assert.True(clients.Max() > TimeSpan.FromSeconds(1), $"the last was served after {clients.Max()}");
    }

    private Task<SocketServer> StartWaitingAsync() => StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
        .Configure(o => (o.AcceptRate, o.Overflow) = (Rate, Overflow.Wait)));

    private static bool IsServed(SocketServer server)
    {
        using var client = new TcpClient();
        client.Connect(System.Net.IPAddress.Loopback, server.Endpoints[0].Port);
        client.Client.Send("a\n"u8);
        var buffer = new byte[100];
        return client.Client.Receive(buffer) > 0 && buffer[0] == (byte)'1';
    }
}
