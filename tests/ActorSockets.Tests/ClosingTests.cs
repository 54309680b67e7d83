using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Tests;

/// <summary>The end of a connection while somebody looks at it.</summary>
public sealed class ClosingTests : ServerTest
{
    [Fact]
    public async Task A_look_at_what_a_slow_reader_has_taken_does_not_turn_the_end_of_its_connection_into_a_reset()
    {
        var data = new byte[128 * 1024];
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection => await connection.SendAsync(data)));
        using var enough = new CancellationTokenSource();
        var looks = 0L;
        var looking = Task.Factory.StartNew(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    foreach (var connection in server.Connections)
                    {
                        connection.Sweep(Environment.TickCount64);
                        looks++;
                    }
                }
            },
            TaskCreationOptions.LongRunning);

        for (var i = 0; i < 200; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port);
            client.Shutdown(SocketShutdown.Send);

            // All that has not arrived by then is in the kernel's hands.
            await UntilAsync(() => server.Statistics.Accepted == i + 1 && server.Statistics.Active == 0, "served");
            Assert.Equal(data.Length, (await ReceiveAsync(client, data.Length)).Length);
        }

        await enough.CancelAsync();
        await looking.WaitAsync(Deadline);
        Assert.True(looks > 200);
    }
}
