using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Server.Tests.Faults;
using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>Programs of other people in front of the server: each brings everything there and back.</summary>
[Trait("Category", "Faults")]
public sealed class RelayTests
{
    private const int Frames = 10_000;

    public static TheoryData<string, bool, string> Relays => new()
    {
        { "haproxy", false, "native" }, { "haproxy", false, "akka-io" }, { "haproxy send-proxy", true, "native" }, { "haproxy send-proxy-v2", true, "native" },
        { "nginx", false, "native" }, { "nginx", false, "akka-io" }, { "nginx proxy_protocol", true, "native" },
        { "stunnel", false, "native" }, { "stunnel", false, "akka-io" }, { "stunnel proxy", true, "native" },
        { "socat", false, "native" }, { "socat", false, "akka-io" },
        { "ncat", false, "native" }, { "ncat", false, "akka-io" },
    };

    [SkippableTheory]
    [MemberData(nameof(Relays))]
    public async Task Everything_comes_back_through_it_and_the_client_is_known_where_it_says_so(string relay, bool saysWho, string driver)
    {
        var directory = new TempDirectory();
        var proxyProtocol = saysWho ? "proxy-protocol { enabled = on, trusted = [ \"127.0.0.1\" ] }" : "";
        await using var server = await ServerProcess.StartAsync(
            $$"""
            test { handler = "{{typeof(IntroducingHandler).FullName}}, {{typeof(IntroducingHandler).Assembly.GetName().Name}}", listen = [ "tcp://127.0.0.1:0" ], driver = {{driver}}, {{proxyProtocol}} }
            {{Books.Server}}
            """,
            Books.Plugin);
        using var books = await Books.OpenAsync(server);
        var port = Relay.FreePort();
        await using var program = await StartAsync(relay, directory, port, server.Port("test"));

        await TalkAsync(relay, port, saysWho);

        await books.BalancedAsync("test");
        Assert.Equal(1, (await books.ReadAsync("test")).Accepted);
        directory.Dispose();
    }

    private static async Task TalkAsync(string relay, int port, bool saysWho)
    {
        using var client = new TcpClient(AddressFamily.InterNetwork) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Deadline.Long);
        await using var stream = await OpenAsync(client, relay.StartsWith("stunnel", StringComparison.Ordinal));
        var who = await ReadLineAsync(stream);
        Assert.Equal(saysWho, who == client.Client.LocalEndPoint!.ToString());

        var sent = Sent();
        // ncat talks to its child by blocking pipes, of 64 KiB each: with both full, both wait for ever.
        Assert.Equal(sent, await ExchangeAsync(stream, sent, relay == "ncat" ? 32 * 1024 : int.MaxValue));
    }

    private static Task<Relay> StartAsync(string relay, TempDirectory directory, int port, int to)
    {
        var (program, option) = relay.Split(' ') is [var name, var said] ? (name, said) : (relay, "");
        switch (program)
        {
            case "haproxy":
                ExternalProgram.Require("haproxy");
                return Relay.StartAsync(port, "haproxy", "-db", "-f", directory.Write("haproxy.cfg", $"""
                    global
                      maxconn 100
                    defaults
                      mode tcp
                      timeout connect 5s
                      timeout client 60s
                      timeout server 60s
                    listen relay
                      bind 127.0.0.1:{port}
                      server test 127.0.0.1:{to} {option}

                    """));
            case "nginx":
                ExternalProgram.Require("nginx");
                const string Module = "/usr/lib/nginx/modules/ngx_stream_module.so";
                Skip.IfNot(File.Exists(Module), $"{Module} is missing");
                return Relay.StartAsync(port, "nginx", "-e", "stderr", "-p", directory.Path, "-c", directory.Write("nginx.conf", $$"""
                    load_module {{Module}};
                    daemon off;
                    pid {{directory.PathTo("nginx.pid")}};
                    events { }
                    stream { server { listen 127.0.0.1:{{port}}; proxy_pass 127.0.0.1:{{to}}; {{(option.Length > 0 ? option + " on;" : "")}} } }
                    """));
            case "stunnel":
                ExternalProgram.Require("stunnel");
                TestCertificate.Write(directory);
                return Relay.StartAsync(port, "stunnel", directory.Write("stunnel.conf", $"""
                    foreground = yes
                    pid =
                    [test]
                    accept = 127.0.0.1:{port}
                    connect = 127.0.0.1:{to}
                    cert = {directory.PathTo("server.pem")}
                    {(option.Length > 0 ? "protocol = proxy" : "")}

                    """));
            case "socat":
                ExternalProgram.Require("socat");
                return Relay.StartAsync(port, "socat", $"TCP-LISTEN:{port},bind=127.0.0.1,fork", $"TCP:127.0.0.1:{to}");
            default:
                ExternalProgram.Require("ncat");
                return Relay.StartAsync(port, "ncat", "-l", "-k", "127.0.0.1", port.ToString(CultureInfo.InvariantCulture), "--sh-exec", $"ncat 127.0.0.1 {to}");
        }
    }

    private static async Task<Stream> OpenAsync(TcpClient client, bool byTls)
    {
        if (!byTls)
        {
            return client.GetStream();
        }

        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }).WaitAsync(Deadline.Long);
        return tls;
    }

    /// <summary>Sends all of it, in pieces of any size, of which so much at most has not come back.</summary>
    private static async Task<byte[]> ExchangeAsync(Stream stream, byte[] sent, int most)
    {
        var received = new byte[sent.Length];
        for (var (to, from) = (0, 0); from < sent.Length;)
        {
            var length = Math.Min(Math.Min(sent.Length - to, most - (to - from)), Random.Shared.Next(1, 30_000));
            var writing = length > 0 ? stream.WriteAsync(sent, to, length) : Task.CompletedTask;
            to += length;

            // Also while the write waits for somebody to read.
            do
            {
                var count = from < to ? await stream.ReadAsync(received.AsMemory(from, to - from)).AsTask().WaitAsync(Deadline.Long) : 0;
                Assert.True(count > 0, $"the end came after {from} bytes");
                from += count;
            }
            while (from < to && !(writing.IsCompleted && to < sent.Length && to - from < most));

            await writing.WaitAsync(Deadline.Long);
        }

        return received;
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        var buffer = new byte[1];
        while (await stream.ReadAsync(buffer).AsTask().WaitAsync(Deadline.Long) == 1 && buffer[0] != '\n')
        {
            line.Add(buffer[0]);
        }

        return Encoding.UTF8.GetString([.. line]);
    }

    /// <summary>Frames with their numbers and lengths of all kinds.</summary>
    private static byte[] Sent()
    {
        var random = new Random(9);
        using var frames = new MemoryStream();
        for (var number = 1; number <= Frames; number++)
        {
            frames.Write(Encoding.UTF8.GetBytes($"{number}:"));
            var payload = new byte[random.Next(0, 300)];
            random.NextBytes(payload);
            frames.Write(payload);
        }

        return frames.ToArray();
    }
}
