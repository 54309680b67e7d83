using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary><c>actor-sockets.memory-budget</c>: what all connections together may hold.</summary>
[Trait("Category", "Faults")]
public sealed class MemoryBudgetTests : ServerTest
{
    private const int Budget = 1024 * 1024;

    private static readonly byte[] Much = new byte[256 * 1024];

    private bool _letsGo;

    public MemoryBudgetTests()
        : base(configuration: "actor-sockets.memory-budget = 1MiB")
    {
    }

    [Fact]
    public async Task Above_the_budget_new_connections_are_refused_and_below_it_they_are_served_again()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync).RejectWith("no memory\n"u8.ToArray()).Configure(Hoards));
        using var hoarder = await ConnectAsync(server);
        await FillAsync(hoarder, Budget + (Budget / 16));
        await UntilAsync(() => Sys.SocketServers().MemoryHeld > Budget, "the budget is exceeded", () => $"{Sys.SocketServers().MemoryHeld}");

        using var refused = await ConnectAsync(server);
        Assert.Equal("no memory\n", await ReadToEndAsync(refused));
        Assert.Equal(1, server.Statistics.Refused[RefusalReason.MemoryBudget]);

        hoarder.Close();
        await UntilAsync(() => Sys.SocketServers().MemoryHeld == 0, "nothing is held");
        using var served = await ConnectAsync(server);
        await SendAsync(served, "?");
        await UntilAsync(() => server.Statistics.Active == 1, "served");
    }

    [Fact]
    public async Task Above_the_budget_who_holds_most_is_not_read_from_and_the_others_are()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle(HoardAsync).Configure(Hoards));
        using var small = await ConnectAsync(server);
        await SendAsync(small, "?");
        await ExpectAsync(small, "1");
        using var hoarder = await ConnectAsync(server);
        await FillAsync(hoarder, Budget + (Budget / 16));
        await UntilAsync(() => Sys.SocketServers().MemoryHeld > Budget, "the budget is exceeded");
        await UntilAsync(() => Of(hoarder).BytesReceived is var before && !Grows(hoarder, before), "it is not read from");

        await SendAsync(small, "?");
        await ExpectAsync(small, "2");

        // What it holds goes, and the rest of what was sent arrives.
        Volatile.Write(ref _letsGo, true);
        Of(hoarder).Input.CancelPendingRead();
        await UntilAsync(() => Sys.SocketServers().MemoryHeld < Budget, "within the budget");
        var received = Of(hoarder).BytesReceived;
        await UntilAsync(() => Grows(hoarder, received), "it is read from again");

        Connection Of(TcpClient client) => server.Connections.SingleOrDefault(connection => connection.RemoteEndPoint.Equals(AddressOf(client)))
            ?? throw new InvalidOperationException($"it has ended: {string.Join(", ", server.Statistics.Closed.Where(closed => closed.Value > 0))}");

        bool Grows(TcpClient client, long before)
        {
            client.Client.Blocking = false;
            client.Client.Send(Much, SocketFlags.None, out _);
            return SpinWait.SpinUntil(() => Of(client).BytesReceived > before, 100);
        }
    }

    [Fact]
    [Proves("all buffers together exceed memory-budget", "the largest: reset, MemoryBudget")]
    public async Task Far_above_the_budget_the_largest_is_reset_and_the_others_live()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync).Configure(Hoards));
        using var small = await ConnectAsync(server);
        await SendAsync(small, "?");
        await ExpectAsync(small, "1");
        using var largest = await ConnectAsync(server);
        await Record.ExceptionAsync(() => FillAsync(largest, 3 * Budget));

        await ClosedAsync(server, CloseReason.MemoryBudget);

        await Assert.ThrowsAnyAsync<Exception>(() => ReadToEndAsync(largest));
        await SendAsync(small, "?");
        await ExpectAsync(small, "2");
        await UntilAsync(() => Sys.SocketServers().MemoryHeld < Budget, "within the budget");
        await AssertBalancedAsync(server);
    }

    [Fact]
    public async Task Far_above_the_budget_servers_without_a_large_connection_lose_none()
    {
        var small = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync).Configure(Hoards), "small");
        var large = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync).Configure(Hoards), "large");
        var clients = await HoldALittleAsync(small);
        using var largest = await ConnectAsync(large);
        await Record.ExceptionAsync(() => FillAsync(largest, 3 * Budget));

        await ClosedAsync(large, CloseReason.MemoryBudget);
        await UntilAsync(() => Sys.SocketServers().MemoryHeld < Budget, "within the budget");

        Assert.Equal((clients.Count, 0), (small.Statistics.Active, small.Statistics.Closed.Values.Sum()));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    [Proves("all buffers together exceed memory-budget", "MemoryBudget")]
    public async Task Datagrams_that_wait_are_no_connections_loss()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var streams = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync).Configure(Hoards), "streams");
        var datagrams = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Listen("udp://127.0.0.1:0").HandleDatagram(_ => goOn.Task)
            .Configure(o => (o.DatagramQueue, o.DatagramBuffer) = (1000, Budget)), "datagrams");
        var clients = await HoldALittleAsync(streams);
        using var sender = OpenUdp(datagrams);
        using var another = OpenUdp(datagrams, 1);
        var datagram = new byte[60_000];

        await UntilAsync(
            () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    sender.Send(datagram);
                    another.Send(datagram);
                }

                return datagrams.Statistics.DatagramsDropped[DropReason.PeerClosed] > 0;
            },
            "what waits is dropped");
        goOn.SetResult();
        await ClosedAsync(datagrams, CloseReason.MemoryBudget);
        await UntilAsync(() => Sys.SocketServers().MemoryHeld < Budget, "within the budget");

        Assert.True(datagrams.Statistics.DatagramsDropped[DropReason.MemoryBudget] > 0, "newer ones were dropped");
        Assert.Equal((clients.Count, 0), (streams.Statistics.Active, streams.Statistics.Closed.Values.Sum()));
        clients.ForEach(client => client.Dispose());
    }

    [Theory]
    [InlineData("much", "actor-sockets.memory-budget = much is not a size, as in 512MiB, or default")]
    [InlineData("1000", "actor-sockets.memory-budget = 1000 must be at least 1MiB")]
    public void A_budget_that_is_none_is_refused(string budget, string message)
    {
        var exception = Assert.Throws<ConfigurationException>(() => ServerConfiguration.ReadAll(ConfigurationFactory.ParseString($"actor-sockets.memory-budget = {budget}")));

        Assert.Equal(message, exception.Message);
    }

    [Theory]
    [InlineData("max-frame = 1025KiB", "max-frame = 1049600 must be at most 1048576, actor-sockets.memory-budget")]
    [InlineData("input.window = 2MiB, write-limit = 3MiB", "input.window = 2097152 must be at most 1048576, actor-sockets.memory-budget")]
    [InlineData("write-limit = 2MiB", "write-limit = 2097152 must be at most 1048576, actor-sockets.memory-budget")]
    [InlineData("listen = [ \"udp://127.0.0.1:0\" ]", "datagram.buffer = 16777216 must be at most 1048576, actor-sockets.memory-budget")]
    public void A_limit_by_which_one_alone_could_exceed_the_budget_is_refused(string options, string message)
    {
        var exception = Assert.Throws<ConfigurationException>(() => Read("1MiB", options));

        Assert.Equal($"actor-sockets.servers.a.{message}", exception.Message);
    }

    [Theory]
    [InlineData("1MiB", "")]
    [InlineData("1MiB", "listen = [ \"tcp://127.0.0.1:0\" ]")]
    [InlineData("1MiB", "max-frame = 1MiB, input.window = 960KiB, write-limit = 1MiB")]
    [InlineData("16MiB", "listen = [ \"udp://127.0.0.1:0\" ]")]
    [InlineData("default", "write-limit = 2047MiB, datagram.buffer = 2047MiB, listen = [ \"udp://127.0.0.1:0\" ]")]
    public void Limits_may_be_as_large_as_a_budget_that_is_written(string budget, string options) => Assert.Single(Read(budget, options));

    [Fact]
    public async Task Limits_that_code_sets_are_held_against_the_budget_at_the_start_and_at_a_reload()
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync).Configure(o => o.WriteLimit = 2 * Budget)));
        Assert.Equal("server 'test': write-limit = 2097152 must be at most 1048576, actor-sockets.memory-budget", exception.Message);

        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(HoardAsync));
        var options = server.Options;
        options.MaxFrame = 2 * Budget;
        Assert.Throws<ConfigurationException>(() => server.PrepareReload(options));
    }

    private static IReadOnlyList<ServerConfiguration> Read(string budget, string options) =>
        ServerConfiguration.ReadAll(ConfigurationFactory.ParseString($"actor-sockets {{ memory-budget = {budget}\nservers.a {{ {options} }} }}"));

    private static async Task<List<TcpClient>> HoldALittleAsync(SocketServer server)
    {
        List<TcpClient> clients = [];
        while (clients.Count < 10)
        {
            clients.Add(await ConnectAsync(server));
            await SendAsync(clients[^1], "something");
        }

        await UntilAsync(() => server.Connections.Count(connection => connection.Held > 0) == clients.Count, "each holds something");
        return clients;
    }

    private static void Hoards(SocketServerOptions options) => options.IdleTimeout = null;

    private static async Task FillAsync(TcpClient client, int count)
    {
        for (var sent = 0; sent < count; sent += Much.Length)
        {
            await client.GetStream().WriteAsync(Much.AsMemory(0, Math.Min(Much.Length, count - sent))).AsTask().WaitAsync(Deadline);
        }
    }

    /// <summary>Keeps all that it gets until it may let go, but for questions, which it answers with their number.</summary>
    private async Task HoardAsync(Connection connection)
    {
        for (var questions = 0; ;)
        {
            var result = await connection.Input.ReadAsync();
            var data = result.Buffer;
            if (result.IsCompleted)
            {
                return;
            }

            if (!data.IsEmpty && data.FirstSpan[0] == '?')
            {
                connection.Input.AdvanceTo(data.End);
                await connection.SendAsync($"{++questions}");
            }
            else
            {
                connection.Input.AdvanceTo(Volatile.Read(ref _letsGo) ? data.End : data.Start, data.End);
            }
        }
    }
}
