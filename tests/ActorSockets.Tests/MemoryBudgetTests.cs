using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary><c>actor-sockets.memory-budget</c>: what all connections together may hold.</summary>
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

    [Theory]
    [InlineData("much", "actor-sockets.memory-budget = much is not a size, as in 512MiB, or default")]
    [InlineData("1000", "actor-sockets.memory-budget = 1000 must be at least 1MiB")]
    public void A_budget_that_is_none_is_refused(string budget, string message)
    {
        var exception = Assert.Throws<ConfigurationException>(() => ServerConfiguration.ReadAll(ConfigurationFactory.ParseString($"actor-sockets.memory-budget = {budget}")));

        Assert.Equal(message, exception.Message);
    }

    private static void Hoards(SocketServerOptions options) => (options.InputWindow, options.WriteLimit, options.IdleTimeout) = (16 * Budget, 32 * Budget, null);

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
