using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Tests.Faults;

/// <summary>Talks all the time to a server that sends back what it is sent, while others misbehave, and sees that each answer comes and is its own.</summary>
internal sealed class Bystander : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly CancellationTokenSource _leaving = new();
    private Task _talk = Task.CompletedTask;
    private int _answers;

    private Bystander()
    {
    }

    /// <summary>How it is known to the server.</summary>
    public EndPoint Address { get; private set; } = null!;

    /// <summary>Connects, and has been answered when this returns.</summary>
    public static async Task<Bystander> JoinAsync(SocketServer server)
    {
        var bystander = new Bystander();
        await bystander._client.ConnectAsync(IPAddress.Loopback, server.Endpoints.First(endpoint => endpoint.IsStream).Port).WaitAsync(Deadline);
        bystander.Address = bystander._client.Client.LocalEndPoint!;
        bystander._talk = bystander.TalkAsync();
        await bystander.IsServedAsync();
        return bystander;
    }

    /// <summary>Something that was said after this call is answered.</summary>
    public async Task IsServedAsync()
    {
        // One may be on its way.
        var enough = Volatile.Read(ref _answers) + 2;
        for (var end = Environment.TickCount64 + Deadline.TotalMilliseconds; Volatile.Read(ref _answers) < enough; await Task.Delay(5))
        {
            Assert.True(Environment.TickCount64 < end, "the bystander is not served in time");
            if (_talk.IsCompleted)
            {
                await _talk;
            }
        }
    }

    /// <summary>It was served to the end, and goes.</summary>
    public async Task LeaveAsync()
    {
        await IsServedAsync();
        await _leaving.CancelAsync();
        await _talk;
        _client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _talk.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _leaving.Dispose();
    }

    private async Task TalkAsync()
    {
        var stream = _client.GetStream();
        var buffer = new byte[32];
        while (!_leaving.IsCancellationRequested)
        {
            var said = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"by {_answers}\n"));
            await stream.WriteAsync(said).AsTask().WaitAsync(Deadline);
            var read = await stream.ReadAtLeastAsync(buffer.AsMemory(0, said.Length), said.Length, throwOnEndOfStream: false).AsTask().WaitAsync(Deadline);
            Assert.Equal(Encoding.ASCII.GetString(said), Encoding.ASCII.GetString(buffer, 0, read));
            Interlocked.Increment(ref _answers);
            await Task.Delay(1);
        }
    }
}
