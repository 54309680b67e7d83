using System.Net;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>Clients that send numbered frames as fast as they can, and come back whenever their connection is cut.</summary>
internal sealed class ReturningClients
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 100).Select(index => index * 37 % 1000)];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Task<int>[] _clients;
    private readonly int[] _served;

    public ReturningClients(int count, EndPoint endpoint, CancellationToken stopping)
    {
        _served = new int[count];
        _clients = [.. Enumerable.Range(0, count).Select(number => Task.Run(() => StayAsync(number, endpoint, stopping)))];
    }

    /// <summary>Waits until each of them has had answers that it did not have yet.</summary>
    public Task UntilServedAgainAsync()
    {
        var before = (int[])_served.Clone();
        return Deadline.UntilAsync("all clients are served", async () =>
        {
            foreach (var ended in _clients.Where(client => client.IsCompleted))
            {
                await ended;
            }

            return _served.Zip(before).All(pair => pair.First > pair.Second);
        });
    }

    /// <summary>How many connections were cut after they had been served, when all clients have stopped. Each connection's answers were the first of what it had sent, without a gap.</summary>
    public async Task<int> CutAsync() => (await Task.WhenAll(_clients)).Sum();

    private async Task<int> StayAsync(int number, EndPoint endpoint, CancellationToken stopping)
    {
        var cut = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var client = await FrameClient.ConnectAsync(endpoint);
                while (await client.ExchangeAllAsync(Lengths))
                {
                    Interlocked.Increment(ref _served[number]);
                    if (stopping.IsCancellationRequested)
                    {
                        return cut;
                    }
                }

                cut += client.Returned > 0 ? 1 : 0;
            }
            catch (SocketException)
            {
                // Nobody is there yet.
                await Task.Delay(Pause, CancellationToken.None);
            }
        }

        return cut;
    }
}
