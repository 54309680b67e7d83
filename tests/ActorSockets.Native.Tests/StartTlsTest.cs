using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>Clients of a server whose plain connections go on by TLS (STARTTLS).</summary>
public abstract class StartTlsTest : TlsTest
{
    private protected SmtpSample Smtp { get; } = new();

    /// <summary>A server with the sample and a certificate.</summary>
    private protected Task<SocketServer> StartAsync(string style, string scheme, Action<SocketServerOptions>? configure = null) =>
        StartAsync(s => Smtp.Handle(s.Listen(Listen(scheme)), style).UseTls(Configure).Configure(o => configure?.Invoke(o)));

    private protected Task<SocketServer> ServeAsync(Func<Connection, Task> handle, string scheme = "tcp") =>
        StartAsync(s => s.Listen(Listen(scheme)).Handle(handle).UseTls(Configure));

    private protected string Listen(string scheme) => scheme == "tcp" ? "tcp://127.0.0.1:0" : $"unix:{PathOf("s")}";

    private protected void Configure(SslServerAuthenticationOptions tls) => tls.ServerCertificate ??= Issue("server", Authority, "localhost");

    private protected async Task<Socket> ConnectAsync(SocketServer server, string scheme = "tcp", string greeting = SmtpSample.Greeting)
    {
        var socket = scheme == "tcp" ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(scheme == "tcp" ? new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Port) : new UnixDomainSocketEndPoint(PathOf("s"))).WaitAsync(Deadline);
        Assert.Equal(greeting, await ReceiveAsync(socket, greeting.Length));
        return socket;
    }

    private protected static async Task<SslStream> UpgradeAsync(Socket socket, Action<SslClientAuthenticationOptions>? configure = null, string goAhead = SmtpSample.GoAhead)
    {
        await ExchangeAsync(socket, "STARTTLS\r\n", goAhead);
        return await ShakeAsync(socket, configure);
    }

    private protected static async Task<SslStream> ShakeAsync(Socket socket, Action<SslClientAuthenticationOptions>? configure = null)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null };
        configure?.Invoke(options);
        await stream.AuthenticateAsClientAsync(options).WaitAsync(Deadline);
        return stream;
    }

    private protected static async Task ExchangeAsync(Socket socket, string text, string answer)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text));
        Assert.Equal(answer, await ReceiveAsync(socket, answer.Length));
    }

    private protected static async Task ExchangeAsync(SslStream client, string text, string answer)
    {
        await client.WriteAsync(Encoding.UTF8.GetBytes(text));
        Assert.Equal(answer, await ReceiveAsync(client, answer.Length));
    }

    /// <summary>Receives what comes before the end of the stream, or a reset.</summary>
    private protected static async Task<string> ReceiveToEndAsync(Socket socket)
    {
        var all = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Deadline) is > 0 and var received)
            {
                all.Append(Encoding.ASCII.GetString(buffer, 0, received));
            }
        }
        catch (SocketException)
        {
            // A handshake that fails ends with one.
        }

        return all.ToString();
    }

    private protected async Task ThrowAsync() => throw await Smtp.Thrown.Task.WaitAsync(Deadline);

    private protected static async Task FailedAsync(SocketServer server, Task securing)
    {
        var closed = await Assert.ThrowsAsync<ConnectionClosedException>(() => securing.WaitAsync(Deadline));
        Assert.Equal(CloseReason.TlsFailed, closed.Reason);
        Assert.True(closed.InnerException is AuthenticationException or IOException, $"{closed.InnerException}");
        await ClosedAsync(server, CloseReason.TlsFailed);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }
}
