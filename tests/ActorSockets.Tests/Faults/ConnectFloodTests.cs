using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Tests.Faults;

/// <summary>Many who connect at once, and many who then say nothing or next to nothing. The clients are in this process as well: each connection costs two descriptors.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class ConnectFloodTests : LeftoverTest
{
    // Those whom the kernel turns down knock again all at once, after pauses that double: with a few places only it would take minutes, whatever the server does.
    private const int Backlog = 128;
    private const int Burst = 500;
    private const int Silent = 5000;
    private const int Dripping = 1000;

    [SkippableFact]
    public async Task All_are_served_of_a_burst_that_is_far_longer_than_the_backlog()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux says how often a client had to knock");
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleLines("connection actor").Configure(o => o.Backlog = Backlog));
        var before = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);

        var (bursts, knockedAgain) = (0, 0);
        for (; knockedAgain == 0; bursts++)
        {
            Assert.True(bursts < 20, "the server has kept up with every burst");
            var clients = Connect(server, Burst);
            await Task.WhenAll(clients.Select(client => AskAsync(client.Client, client.Connecting)));
            knockedAgain = clients.Count(client => CountRetransmissions(client.Client) > 0);
            clients.ForEach(client => client.Client.Dispose());
        }

        await bystander.LeaveAsync();
        Assert.Equal(1 + (bursts * Burst), server.Statistics.Accepted);
        Assert.All(server.Statistics.Refused, refused => Assert.Equal(0, refused.Value));
        await AssertNothingIsLeftAsync(server, before);

        static async Task AskAsync(Socket client, Task connecting)
        {
            await connecting.WaitAsync(Deadline);
            await client.SendAsync("a\n"u8.ToArray());
            Assert.Equal("a\n", await ReceiveAsync(client, 2));
        }
    }

    [SkippableFact]
    public async Task Five_thousand_who_say_nothing_are_closed_at_first_byte_timeout_each()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleLines("connection actor")
            .Configure(o => (o.FirstByteTimeout, o.MaxConnections) = (TimeSpan.FromSeconds(2), (2 * Silent) + 1000)));
        Skip.If(server.MaxConnections < (2 * Silent) + 1000, "the process may not have so many descriptors");
        var before = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);

        var clients = Connect(server, Silent);
        await Task.WhenAll(clients.Select(client => EndsAsync(client.Client, client.Connecting)));

        await ClosedAsync(server, CloseReason.FirstByteTimeout, Silent);
        await bystander.LeaveAsync();
        await AssertNothingIsLeftAsync(server, before);
        Assert.Equal((1 + Silent, 0), (server.Statistics.Accepted, server.Statistics.HandlerFailures));
    }

    [SkippableFact]
    public async Task A_thousand_who_send_a_byte_in_two_seconds_are_given_up_each()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        var strict = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleLines("request handler").Configure(o => o.FrameTimeout = TimeSpan.FromSeconds(3)), "strict");
        var fast = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleLines("connection actor").Configure(o => o.MinRate = 1), "fast");
        var before = Holdings.Count();

        await Task.WhenAll(DripAsync(strict, CloseReason.FrameTimeout), DripAsync(fast, CloseReason.MinRate));

        await AssertNothingIsLeftAsync(strict, before);
        await AssertNothingIsLeftAsync(fast, before);
    }

    private static async Task DripAsync(SocketServer server, CloseReason reason)
    {
        await using var bystander = await Bystander.JoinAsync(server);
        var clients = Connect(server, Dripping);
        await Task.WhenAll(clients.Select(client => client.Connecting)).WaitAsync(Deadline);
        var ends = Task.WhenAll(clients.Select(client => EndsAsync(client.Client, client.Connecting)));
        for (var drips = 0; !ends.IsCompleted; await Task.WhenAny(ends, Task.Delay(TimeSpan.FromSeconds(2))))
        {
            Assert.True(++drips < 10, "they are not given up");
            clients.ForEach(client => Drip(client.Client));
        }

        await ends;
        await ClosedAsync(server, reason, Dripping);
        await bystander.LeaveAsync();
        Assert.Equal((1 + Dripping, 0), (server.Statistics.Accepted, server.Statistics.HandlerFailures));
    }

    private static List<(Socket Client, Task Connecting)> Connect(SocketServer server, int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        return (client, client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Port)));
    })];

    /// <summary>Is told nothing and then the end.</summary>
    private static async Task EndsAsync(Socket client, Task connecting)
    {
        await connecting.WaitAsync(Deadline);
        Assert.Equal("", await ReceiveAsync(client, 1));
        client.Dispose();
    }

    private static void Drip(Socket client)
    {
        try
        {
            client.Send("x"u8);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Given up already.
        }
    }

    /// <summary>Of what it sent since it began to connect (<c>tcpi_total_retrans</c>).</summary>
    private static int CountRetransmissions(Socket client)
    {
        const int Tcp = 6;
        const int Info = 11;
        var info = new byte[104];
        client.GetRawSocketOption(Tcp, Info, info);
        return BitConverter.ToInt32(info, 100);
    }
}
