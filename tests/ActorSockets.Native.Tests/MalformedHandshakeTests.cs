using System.Net.Security;
using System.Net.Sockets;

namespace ActorSockets.Tests;

public sealed class MalformedHandshakeTests : TlsTest
{
    private const int Hellos = 3000;

    [Fact]
    public async Task Whatever_a_client_says_instead_of_a_handshake_costs_only_that_client()
    {
        using var certificate = Issue("s", null, "localhost");
        var file = Write("c.pem", Pem(certificate));
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Configure(o => o.TlsCertificate = file).Handle(() => new EchoActor()));
        var captured = new MemoryStream();
        using (var secure = new SslStream(new Capture(captured)))
        {
            await Assert.ThrowsAnyAsync<IOException>(() => secure.AuthenticateAsClientAsync("xn--bcher-kva.example"));
        }

        var hello = captured.ToArray();
        var random = new Random(7);
        for (var hellos = 0; hellos < Hellos; hellos++)
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

        await UntilAsync(() => server.Statistics.Refused[RefusalReason.TlsFailed] == Hellos, "all are refused");
        using var good = await SecureAsync(server);
        await good.WriteAsync("e"u8.ToArray());
        Assert.Equal("e", await ReceiveAsync(good, 1));
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
