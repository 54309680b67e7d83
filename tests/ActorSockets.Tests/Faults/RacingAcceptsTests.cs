using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Tests.Faults;

/// <summary>Far more clients than there are places, all the time, at several listening sockets that accept at once.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class RacingAcceptsTests : ServerTest
{
    private const int Places = 10;
    private const int Clients = 40;
    private const int Times = 25;

    private readonly ConcurrentDictionary<IPAddress, Gauge> _ofAddress = new();
    private readonly Gauge _all = new();

    [Theory]
    [InlineData(Overflow.Reject)]
    [InlineData(Overflow.Wait)]
    [InlineData(Overflow.EvictIdle)]
    public async Task There_is_never_one_more_than_max_connections(Overflow overflow)
    {
        var server = await StartAsync(o => (o.MaxConnections, o.Overflow) = (Places, overflow));

        var answers = await StormAsync(server, "127.0.0.1");

        Assert.Equal(Places, _all.Most);
        await EndedAsync(server);
        var books = server.Statistics;
        switch (overflow)
        {
            case Overflow.Reject:
                Assert.True(books.Refused[RefusalReason.ServerFull] > 0, "some were refused");
                Assert.Equal(Clients * Times, books.Accepted + books.Refused[RefusalReason.ServerFull]);
                Assert.InRange(answers, Places, books.Accepted);
                break;
            case Overflow.Wait:
                Assert.Equal((Clients * Times, Clients * Times), (answers, books.Accepted));
                break;
            default:
                Assert.True(books.Closed[CloseReason.Evicted] > 0, "some were evicted");
                Assert.Equal(Clients * Times, books.Accepted + books.Refused[RefusalReason.ServerFull]);
                break;
        }
    }

    [SkippableFact]
    public async Task There_is_never_one_more_of_an_address_than_max_connections_per_address()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8");
        var server = await StartAsync(o => o.MaxConnectionsPerAddress = Places);

        var answers = await Task.WhenAll(StormAsync(server, "127.0.0.2"), StormAsync(server, "127.0.0.3"));

        Assert.Equal([Places, Places], _ofAddress.Values.Select(gauge => gauge.Most));
        await EndedAsync(server);
        var books = server.Statistics;
        Assert.True(books.Refused[RefusalReason.AddressFull] > 0, "some were refused");
        Assert.Equal(2 * Clients * Times, books.Accepted + books.Refused[RefusalReason.AddressFull]);
        Assert.InRange(answers.Sum(), 2 * Places, books.Accepted);
    }

    private Task<SocketServer> StartAsync(Action<SocketServerOptions> configure) => StartAsync(server => server
        .Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0")
        .Configure(options =>
        {
            options.Listeners = Driver == "native" && OperatingSystem.IsLinux() ? 4 : 1;
            configure(options);
        })
        .Handle(ServeAsync));

    private async Task ServeAsync(Connection connection)
    {
        var ofAddress = _ofAddress.GetOrAdd(((IPEndPoint)connection.RemoteEndPoint!).Address, _ => new Gauge());
        _all.Enter();
        ofAddress.Enter();
        try
        {
            while (await connection.ReadLineAsync() is not null)
            {
                await connection.SendAsync("a\n");
            }
        }
        finally
        {
            ofAddress.Leave();
            _all.Leave();
        }
    }

    /// <summary>Says how many were answered.</summary>
    private static async Task<int> StormAsync(SocketServer server, string address)
    {
        var begin = new TaskCompletionSource();
        var clients = Enumerable.Range(0, Clients).Select(number => Task.Run(async () =>
        {
            await begin.Task;
            var answers = 0;
            for (var time = 0; time < Times; time++)
            {
                answers += await IsAnsweredAsync(server, number % 2, address) ? 1 : 0;
            }

            return answers;
        })).ToList();
        begin.SetResult();
        return (await Task.WhenAll(clients)).Sum();
    }

    private static async Task<bool> IsAnsweredAsync(SocketServer server, int endpoint, string address)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        try
        {
            await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Endpoints[endpoint].Port)).WaitAsync(Deadline);
            await client.SendAsync("a\n"u8.ToArray());
            var isAnswered = await ReceiveAsync(client, 2) == "a\n";

            // It stays a little, so that the places are taken when others come.
            await Task.Delay(5);
            return isAnswered;
        }
        catch (SocketException)
        {
            // Refused, or evicted.
            return false;
        }
    }

    private static async Task EndedAsync(SocketServer server)
    {
        await UntilAsync(() => server.Statistics.Active == 0, "all have ended");
        await AssertBalancedAsync(server);
    }
}
