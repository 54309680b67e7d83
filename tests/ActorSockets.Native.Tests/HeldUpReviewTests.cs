using System.Buffers;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using Xunit.Abstractions;

namespace ActorSockets.Tests;

public sealed class HeldUpReviewTests(ITestOutputHelper log) : TlsTest
{
    [Fact]
    public async Task Many_handlers_that_block_at_once_hold_up_nobody_for_long()
    {
        using var release = new ManualResetEventSlim();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new BlockActor(release)));
        var clients = new List<TcpClient>();
        for (var i = 0; i < 48; i++)
        {
            clients.Add(await ConnectAsync(server));
            await SendAsync(clients[^1], "e");
            await ExpectAsync(clients[^1], "e");
        }

        try
        {
            var longest = TimeSpan.Zero;
            var gate = new Lock();
            var time = Stopwatch.StartNew();
            await Task.WhenAll(clients.Take(24).Select(client => client.Client.SendAsync("b"u8.ToArray())));
            await Task.WhenAll(clients.Skip(24).Select(client => Task.Factory.StartNew(() =>
            {
                var one = new byte[1];
                client.Client.ReceiveTimeout = 15_000;
                while (time.Elapsed < TimeSpan.FromSeconds(8))
                {
                    var began = Stopwatch.GetTimestamp();
                    client.Client.Send("e"u8);
                    try
                    {
                        client.Client.Receive(one);
                    }
                    catch (SocketException)
                    {
                        log.WriteLine($"at {time.ElapsedMilliseconds} nothing for {Stopwatch.GetElapsedTime(began).TotalMilliseconds} ms; pool threads {ThreadPool.ThreadCount}, pending {ThreadPool.PendingWorkItemCount}, loops {Directory.EnumerateDirectories("/proc/self/task").Count(t => File.ReadAllText(t + "/comm").StartsWith("actor-sockets-l", StringComparison.Ordinal))}");
                        throw;
                    }

                    var took = Stopwatch.GetElapsedTime(began);
                    lock (gate)
                    {
                        longest = took > longest ? took : longest;
                    }

                    Thread.Sleep(5);
                }
            }, TaskCreationOptions.LongRunning)));
            log.WriteLine($"longest {longest.TotalMilliseconds} ms, pool threads {ThreadPool.ThreadCount}, pending {ThreadPool.PendingWorkItemCount}");
            var connecting = Stopwatch.StartNew();
            using var late = await ConnectAsync(server);
            await SendAsync(late, "e");
            await ExpectAsync(late, "e");
            log.WriteLine($"longest {longest.TotalMilliseconds} ms, new connection {connecting.ElapsedMilliseconds} ms, pool threads {ThreadPool.ThreadCount}, pending {ThreadPool.PendingWorkItemCount}");
            release.Set();
            await Task.WhenAll(clients.Take(24).Select(client => ExpectAsync(client, "b")));
            Assert.True(longest < TimeSpan.FromSeconds(8), $"{longest}");
        }
        finally
        {
            release.Set();
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_server_stops_though_a_handler_never_returns()
    {
        using var release = new ManualResetEventSlim();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new BlockActor(release)));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "b");
        await Task.Delay(300);
        try
        {
            await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(6));
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task Whatever_a_client_says_instead_of_a_handshake_costs_only_that_client()
    {
        using var certificate = Issue("s", null, "localhost");
        var file = Write("c.pem", Pem(certificate));
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Configure(o => o.TlsCertificate = file).Handle(() => new BlockActor(new ManualResetEventSlim(true))));
        var captured = new MemoryStream();
        using (var secure = new SslStream(new Capture(captured)))
        {
            await Assert.ThrowsAnyAsync<IOException>(() => secure.AuthenticateAsClientAsync("xn--bcher-kva.example"));
        }

        var hello = captured.ToArray();
        var random = new Random(7);
        var count = 0;
        for (var time = Stopwatch.StartNew(); time.Elapsed < TimeSpan.FromSeconds(10); count++)
        {
            var bytes = (byte[])hello.Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(5) == 0 ? random.Next(bytes.Length) : random.Next(40, bytes.Length)] = (byte)random.Next(256);
            }

            using var client = await ConnectAsync(server);
            await client.Client.SendAsync(bytes.AsMemory(0, random.Next(8) == 0 ? random.Next(1, bytes.Length) : bytes.Length));
            if (random.Next(2) == 0)
            {
                client.Client.LingerState = new LingerOption(true, 0);
            }
        }

        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == count, "all are refused", () => $"{count} {server.Statistics.Refused[RefusalReason.TlsFailed]}");
        log.WriteLine($"{count}");
        using var good = await SecureAsync(server);
        await good.WriteAsync("e"u8.ToArray());
        Assert.Equal("e", await ReceiveAsync(good, 1));
    }

    private sealed class BlockActor(ManualResetEventSlim release) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            if (data.FirstSpan[0] == (byte)'b')
            {
                release.Wait();
            }

            Connection.Output.Write(data.ToArray());
        }
    }

    private sealed class Capture(MemoryStream to) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => 0;

        public override long Position { get; set; }

        public override void Flush() => to.Flush();

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => 0;

        public override void SetLength(long value) => to.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count) => to.Write(buffer, offset, count);
    }
}
