using System.Net;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>Connections that echo on all the time, whatever happens beside them.</summary>
internal sealed class LiveClients : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<FrameClient> _clients = [];
    private Task[] _echoing = [];

    /// <summary>Connects them, and returns when each has had its first answer.</summary>
    public static async Task<LiveClients> StartAsync(int count, EndPoint endpoint)
    {
        var clients = new LiveClients();
        for (var number = 0; number < count; number++)
        {
            var client = await FrameClient.ConnectAsync(endpoint);
            clients._clients.Add(client);
            Assert.True(await client.ExchangeAsync());
        }

        clients._echoing = [.. clients._clients.Select(client => Task.Run(() => clients.EchoAsync(client)))];
        return clients;
    }

    public static Task<LiveClients> StartAsync(int count, int port) => StartAsync(count, new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Waits until each of them has had some more answers: all are alive.</summary>
    public async Task EchoOnAsync()
    {
        var begin = _clients.ConvertAll(client => client.Returned);
        await Deadline.UntilAsync("live connections echo on", async () =>
        {
            foreach (var ended in _echoing.Where(echoing => echoing.IsCompleted))
            {
                await ended;
            }

            return _clients.Zip(begin).All(pair => pair.First.Returned >= pair.Second + 3);
        });
    }

    /// <summary>Closes them. What went wrong with them is <see cref="EchoOnAsync"/>'s to tell.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_echoing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _clients.ForEach(client => client.Dispose());
        _stopping.Dispose();
    }

    private async Task EchoAsync(FrameClient client)
    {
        while (!_stopping.IsCancellationRequested)
        {
            Assert.True(await client.ExchangeAsync(), $"a live connection was closed after {client.Returned} frames");
            await Task.Delay(Pause);
        }
    }
}
