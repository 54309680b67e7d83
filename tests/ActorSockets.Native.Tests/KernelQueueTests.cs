using System.Net.Sockets;

namespace ActorSockets.Tests;

public sealed class KernelQueueTests : ServerTest
{
    [Fact]
    public async Task While_there_is_no_place_one_connection_waits_accepted_and_the_others_in_the_kernels_queue()
    {
        var accepted = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Sequential().Handle<CounterHandler>().ConfigureSocket(_ => Interlocked.Increment(ref accepted)));
        var clients = new List<TcpClient>();
        for (var number = 0; number < 4; number++)
        {
            clients.Add(await ConnectAsync(server));
            await SendAsync(clients[number], "a\n");
        }

        for (var number = 0; number < clients.Count; number++)
        {
            await ExpectAsync(clients[number], "1 a\n");
            await UntilAsync(() => Volatile.Read(ref accepted) == Math.Min(number + 2, clients.Count), "one more is accepted");
            Assert.Single(server.Connections);
            clients[number].Close();
        }

        Assert.Equal(0, server.Statistics.Refused.Values.Sum());
    }

    [Fact]
    public async Task A_server_that_holds_clients_back_because_they_come_too_fast_stops_at_once()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => (o.AcceptRate, o.Overflow) = (1, Overflow.Wait)));
        using var first = await ConnectAsync(server);
        await SendAsync(first, "a\n");
        await ExpectAsync(first, "1 a\n");
        using var waiting = await ConnectAsync(server);
        first.Close();

        await server.StopAsync().WaitAsync(Deadline);
        Assert.Equal(ServerState.Stopped, server.State);
    }
}
