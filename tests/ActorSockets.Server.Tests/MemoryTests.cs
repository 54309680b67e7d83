using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

public class MemoryTests
{
    // 64 KiB read buffer of Akka.IO and at most 64 KiB input window and 64 KiB output per connection, over a runtime of about 100 MiB.
    private const long BoundInKibibytes = 512 * 1024;

    [Fact]
    public async Task Sixty_four_mebibytes_come_back_over_one_and_over_a_hundred_connections_within_512_MiB_of_memory()
    {
        await using var server = await ServerProcess.StartAsync("""echo { handler = echo, listen = ["tcp://127.0.0.1:0"], backlog = 1024 }""");
        var port = server.Port("echo");

        await EchoAsync(port, seed: 0, 64 * 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(1, 100).Select(seed => EchoAsync(port, seed, 64 * 1024 * 1024 / 100)));

        Assert.InRange(PeakMemory(server.Id), 1, BoundInKibibytes);
    }

    private static async Task EchoAsync(int port, int seed, int size)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new NetworkStream(socket);
        var data = new byte[size];
        new Random(seed).NextBytes(data);
        var sending = Task.Run(async () =>
        {
            await stream.WriteAsync(data);
            socket.Shutdown(SocketShutdown.Send);
        });

        var hash = await SHA256.HashDataAsync(stream).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        await sending;
        Assert.Equal(SHA256.HashData(data), hash);
    }

    /// <summary>The most physical memory that the process has had, in KiB.</summary>
    private static long PeakMemory(int process)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
