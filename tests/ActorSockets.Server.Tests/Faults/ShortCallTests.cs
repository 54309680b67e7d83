using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>A kernel that hands over and takes less than it could, and is interrupted all the time: that changes speed, never content.</summary>
[Trait("Category", "Faults")]
public sealed class ShortCallTests
{
    private const int Frames = 200;

    private static readonly FaultCall[] Receiving = [FaultCall.Recv, FaultCall.RecvMsg];
    private static readonly FaultCall[] Sending = [FaultCall.Send, FaultCall.SendMsg];

    [SkippableTheory]
    [InlineData("tcp", "native", "event-loop")]
    [InlineData("tcp", "native", "thread-pool")]
    [InlineData("unix", "native", "event-loop")]
    [InlineData("unix", "native", "thread-pool")]
    [InlineData("tls", "native", "event-loop")]
    [InlineData("tls", "native", "thread-pool")]
    [InlineData("tcp", "akka-io", "thread-pool")]
    public async Task Every_frame_comes_back_as_it_was_sent(string scheme, string driver, string dispatcher)
    {
        using var directory = new TempDirectory();
        TestCertificate.Write(directory);
        var path = directory.PathTo("echo.sock");
        var (server, rules) = await FaultRules.StartAsync(
            $$"""
            echo { handler = echo, listen = ["{{(scheme == "unix" ? $"unix:{path}" : $"{scheme}://127.0.0.1:0")}}"], driver = {{driver}}, dispatcher = {{dispatcher}}, tls.certificate = "{{directory.PathTo("server.pem")}}" }
            {{Books.Server}}
            """,
            Books.Plugin);
        await using var _ = server;
        using var __ = rules;
        using var books = await Books.OpenAsync(server);
        FaultRules.FaultRule[][] faults =
        [
            [.. Receiving.Select(call => rules.Add(call, 300, FaultRules.Short))],
            [.. Receiving.Select(call => rules.Add(call, 200, LinuxError.EINTR))],
            [.. Sending.Select(call => rules.Add(call, 300, FaultRules.Short))],
            [.. Sending.Select(call => rules.Add(call, 200, LinuxError.EINTR))],
        ];

        await Task.WhenAll(Enumerable.Range(1, 3).Select(async seed =>
        {
            using var client = scheme switch
            {
                "unix" => await FrameClient.ConnectAsync(new UnixDomainSocketEndPoint(path)),
                "tls" => await FrameClient.ConnectByTlsAsync(server.Port("echo", "tls")),
                _ => await FrameClient.ConnectAsync(server.Port("echo")),
            };
            foreach (var length in Lengths(seed))
            {
                Assert.True(await client.ExchangeAsync(length));
            }

            Assert.True(await client.ExchangeAllAsync(Lengths(seed)));
            Assert.Equal(2 * Frames, client.Returned);
        }));

        await books.BalancedAsync("echo");
        Assert.Equal(3, (await books.ReadAsync("echo")).Closed[CloseReason.PeerClosed]);
        Assert.All(faults, fault => Assert.NotEqual(0, fault.Sum(rule => rule.Hits)));
    }

    /// <summary>From 1 byte to 64 KiB, most of them small.</summary>
    private static int[] Lengths(int seed)
    {
        var random = new Random(seed);
        return [1, 64 * 1024, .. Enumerable.Range(2, Frames - 2).Select(_ => (int)Math.Pow(2, 16 * random.NextDouble() * random.NextDouble()))];
    }
}
