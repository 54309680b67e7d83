using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>What much data, and many connections, cost. Their clients keep this process busy for seconds, so no other test runs beside.</summary>
[Collection(nameof(Alone))]
public class MemoryTests
{
    private const int Mebibyte = 1024 * 1024;

    private const long BoundInMebibytes = 256;

    // A hundred clients share this process: each may wait for the others.
    private static readonly TimeSpan LongDeadline = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Sixty_four_mebibytes_come_back_over_one_and_over_each_of_a_hundred_connections_within_256_MiB_of_memory()
    {
        await using var server = await ServerProcess.StartAsync("""echo { handler = echo, listen = ["tcp://127.0.0.1:0"], write-stall-timeout = 5m }""");
        var port = server.Port("echo");

        await EchoAsync(port, seed: 0);
        await Task.WhenAll(Enumerable.Range(1, 100).Select(seed => Task.Run(() => EchoAsync(port, seed))));

        Assert.InRange(PeakMemory(server.Id), 1, BoundInMebibytes);
    }

    /// <summary>
    /// Each has at most 64 KiB input window and 64 KiB output, and by Akka.IO 64 KiB that it is read into and 64 KiB on their way out, over a runtime of about
    /// 100 MiB. How much of that is there at the same time depends on who else has the processors.
    /// </summary>
    [Theory]
    [InlineData("akka-io", 384)]
    [InlineData("native", 256)]
    public async Task A_thousand_connections_with_a_full_window_each_stay_within_a_bound_of_memory(string driver, long bound)
    {
        await using var server = await ServerProcess.StartAsync($$"""echo { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = {{driver}} }""");
        var clients = new List<StreamClient>();
        for (var i = 0; i < 1000; i++)
        {
            clients.Add(await StreamClient.ConnectAsync(server.Port("echo")));
        }

        var block = new byte[128 * 1024];
        await Task.WhenAll(clients.Select(client => client.SendAsync(block)));
        await Task.WhenAll(clients.Select(async client => Assert.Equal(block, await client.ReadAsync(block.Length))));

        Assert.InRange(PeakMemory(server.Id), 1, bound);
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>Sends 64 MiB, no two blocks alike, and compares the hash of what comes back.</summary>
    private static async Task EchoAsync(int port, int seed)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new NetworkStream(socket);
        var receiving = SHA256.HashDataAsync(stream).AsTask();

        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(seed);
        var block = new byte[Mebibyte];
        for (var i = 0; i < 64; i++)
        {
            random.NextBytes(block);
            sent.AppendData(block);
            await stream.WriteAsync(block).AsTask().WaitAsync(LongDeadline);
        }

        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(sent.GetHashAndReset(), await receiving.WaitAsync(LongDeadline));
    }

    /// <summary>The most physical memory that the process has had, in MiB.</summary>
    private static long PeakMemory(int process)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;
}
