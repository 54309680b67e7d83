using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;

namespace ActorSockets.Tests;

public sealed class TwoWritersTests : ServerTest
{
    private const int Exchanges = 200;

    /// <summary>Two writers at a time are a mistake of the user; it must not show one connection the bytes of another.</summary>
    [Fact]
    public async Task Two_writers_at_a_time_show_no_connection_the_bytes_of_another()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new MixActor()));
        var foreign = new ConcurrentQueue<string>();
        var received = 0L;
        await Task.WhenAll(Enumerable.Range(1, 16).Select(own => Task.Run(async () =>
        {
            var request = new byte[500];
            Array.Fill(request, (byte)own);
            var buffer = new byte[9000];
            for (var exchanges = 0; exchanges < Exchanges;)
            {
                using var client = await ConnectAsync(server);
                try
                {
                    await client.Client.SendAsync(request);
                    while (exchanges++ < Exchanges && await client.Client.ReceiveAsync(buffer).WaitAsync(Deadline) is > 0 and var count)
                    {
                        Interlocked.Add(ref received, count);
                        if (buffer.AsSpan(0, count).IndexOfAnyExcept((byte)own) is >= 0 and var at)
                        {
                            foreign.Enqueue($"{own} received {buffer[at]}");
                        }

                        await client.Client.SendAsync(request);
                    }
                }
                catch (SocketException)
                {
                    // Its handler has failed, as it may.
                    exchanges++;
                }
            }
        })));

        Assert.Empty(foreign);
        Assert.True(received > 0, "nothing was received");
    }

    private sealed class MixActor : ConnectionActor
    {
        private byte _own;

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            if (_own == 0)
            {
                _own = data.FirstSpan[0];
                _ = Task.Run(PushAsync);
            }

            var echo = data.ToArray();
            Connection.Output.Write(echo);
        }

        private async Task PushAsync()
        {
            var push = new byte[4000];
            Array.Fill(push, _own);
            while (Connection.CloseReason is null)
            {
                try
                {
                    await Connection.SendAsync(push);
                    await Task.Yield();
                }
                catch (ConnectionClosedException)
                {
                    return;
                }
            }
        }
    }
}
