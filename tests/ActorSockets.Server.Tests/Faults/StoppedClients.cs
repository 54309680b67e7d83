using System.Globalization;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>Clients of a program that is stopped for a while and then goes on. None of them is too late by its own doing.</summary>
internal sealed class StoppedClients
{
    // 200 bytes: twice min-rate.
    private static readonly string Word = new('a', 200);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _ready;

    /// <summary>How many of them wait for the stop.</summary>
    public int Ready => Volatile.Read(ref _ready);

    public void Stopped() => _stopped.SetResult();

    public void Resumed() => _resumed.SetResult();

    /// <summary>Sends a part of its line every second.</summary>
    public async Task TalkAsync(int port)
    {
        using var client = await ConnectAsync(port);
        await client.SendAsync(Word);
        await ReadyAsync();
        var length = Word.Length + await EverySecondAsync(() => client.SendAsync(Word)) * Word.Length;
        await ExpectLineAsync(client, length);
        await StayAsync(client);
    }

    /// <summary>Says its first line in the stop.</summary>
    public async Task SpeakLateAsync(int port)
    {
        using var client = await ConnectAsync(port);
        await ReadyAsync();
        await Task.Delay(Second);
        await client.SendAsync(Word);
        await ExpectLineAsync(client, Word.Length);
        await StayAsync(client);
    }

    /// <summary>Ends in the stop the line that it has begun before.</summary>
    public async Task FinishLateAsync(int port)
    {
        using var client = await ConnectAsync(port);
        await client.SendAsync(Word);
        await ReadyAsync();
        await Task.Delay(Second);
        await client.SendAsync("\n");
        Assert.Equal(Word.ToUpperInvariant() + "\n", await client.ReadTextAsync(Word.Length + 1));
        await StayAsync(client);
    }

    /// <summary>Has a proxy that says in the stop who the client is.</summary>
    public async Task IntroduceLateAsync(int port)
    {
        using var client = await ConnectAsync(port);
        await ReadyAsync();
        await Task.Delay(Second);
        await client.SendAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + Word);
        await ExpectLineAsync(client, Word.Length);
        await StayAsync(client);
    }

    /// <summary>Sends its hello in the stop.</summary>
    public async Task ShakeHandsLateAsync(int port)
    {
        using var plain = await ConnectAsync(port);
        await ReadyAsync();
        await Task.Delay(Second);
        using var client = await plain.SecureAsync();
        var line = "secure\n"u8.ToArray();
        await client.WriteAsync(line).AsTask().WaitAsync(Deadline.Long);
        await client.ReadExactlyAsync(line).AsTask().WaitAsync(Deadline.Long);
        Assert.Equal("SECURE\n"u8, line);
    }

    /// <summary>Connects in the stop, and sends at once.</summary>
    public async Task ComeLateAsync(int port)
    {
        await ReadyAsync();
        await Task.Delay(Second);
        using var client = await StreamClient.ConnectAsync(port);
        await client.SendAsync(Word);
        await ExpectLineAsync(client, Word.Length);
        await StayAsync(client);
    }

    /// <summary>Takes all the time what there is.</summary>
    public async Task ListenAsync(int port)
    {
        using var client = await ConnectAsync(port);
        Assert.NotEmpty(await client.ReadAsync(1000));
        await ReadyAsync();
        await EverySecondAsync(() => client.ReadAvailableAsync());
        for (var second = 0; second < 3; second++)
        {
            Assert.Equal(1_000_000, (await client.ReadAsync(1_000_000)).Length);
            await Task.Delay(Second);
        }
    }

    /// <summary>Sends a datagram every second, which the server numbers.</summary>
    public async Task CountAsync(int port)
    {
        using var client = new DatagramClient(port);
        Assert.Equal("1 a\n", await client.ExchangeAsync("a"));
        await ReadyAsync();
        var sent = 1 + await EverySecondAsync(() => client.SendAsync("a"));
        for (var number = 2; number <= sent; number++)
        {
            Assert.Equal($"{number} a\n", System.Text.Encoding.UTF8.GetString(await client.ReceiveAsync()));
        }

        for (var number = sent + 1; number <= sent + 3; number++)
        {
            await Task.Delay(Second);
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{number} a\n"), await client.ExchangeAsync("a"));
        }
    }

    /// <summary>Says nothing, and is closed for that.</summary>
    public async Task SayNothingAsync(int port)
    {
        using var client = await ConnectAsync(port);
        await ReadyAsync();
        await _resumed.Task;
        Assert.Empty(await client.ReadToEndAsync());
    }

    private static async Task<StreamClient> ConnectAsync(int port)
    {
        var client = await StreamClient.ConnectAsync(port);
        await AcceptedConnections.UntilAcceptedAsync(port, client.Port);
        return client;
    }

    private Task ReadyAsync()
    {
        Interlocked.Increment(ref _ready);
        return _stopped.Task;
    }

    /// <returns>How often.</returns>
    private async Task<int> EverySecondAsync(Func<Task> act)
    {
        var times = 0;
        while (!_resumed.Task.IsCompleted)
        {
            await act();
            times++;
            await Task.WhenAny(_resumed.Task, Task.Delay(Second));
        }

        return times;
    }

    /// <summary>Ends the line, and waits until it comes back.</summary>
    private async Task ExpectLineAsync(StreamClient client, int length)
    {
        await _resumed.Task;
        await client.SendAsync("\n");
        Assert.Equal(new string('A', length) + "\n", await client.ReadTextAsync(length + 1));
    }

    /// <summary>Until all deadlines have been looked at.</summary>
    private static async Task StayAsync(StreamClient client)
    {
        for (var second = 0; second < 3; second++)
        {
            await Task.Delay(Second);
            await client.SendAsync("still here\n");
            Assert.Equal("STILL HERE\n", await client.ReadTextAsync(11));
        }
    }
}
