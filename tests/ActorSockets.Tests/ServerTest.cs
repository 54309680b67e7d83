using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorSockets.Tests;

/// <summary>An actor system per test, and plain sockets as clients.</summary>
public abstract class ServerTest : TestKit
{
    /// <summary>The driver that the suite is run on.</summary>
    protected static readonly string Driver = Metadata("Driver");

    /// <summary>The dispatcher that the suite is run on.</summary>
    protected static readonly string Dispatcher = Metadata("Dispatcher");

    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    protected ServerTest(string logLevel = "OFF", string configuration = "")
        : base($"akka.loglevel = {logLevel}, akka.stdout-loglevel = OFF, actor-sockets.defaults {{ driver = {Driver}, dispatcher = {Dispatcher} }}\n{configuration}")
    {
    }

    private static string Metadata(string key) =>
        typeof(ServerTest).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;

    protected Task<SocketServer> StartAsync(Action<SocketServerBuilder> configure, string name = "test") =>
        Sys.SocketServers().StartAsync(name, server => configure(server.Configure(o => o.DrainTimeout = TimeSpan.FromSeconds(1))));

    protected static async Task<TcpClient> ConnectAsync(SocketServer server, int endpoint = 0)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[endpoint].Port).WaitAsync(Deadline);
        return client;
    }

    /// <summary>Connects from an address of this machine.</summary>
    protected static async Task<TcpClient> ConnectFromAsync(SocketServer server, string address)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(address), 0)) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port).WaitAsync(Deadline);
        return client;
    }

    /// <summary>It is told nothing. Where the reset comes right after the connect, .NET may have taken notice of it already, so that the read finds the end.</summary>
    protected static async Task TurnedDownAsync(SocketServer server, string address)
    {
        try
        {
            using var client = await ConnectFromAsync(server, address);
            Assert.Equal("", await ReadToEndAsync(client));
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    /// <summary>A client's address as its server sees it.</summary>
    protected static EndPoint AddressOf(TcpClient client) => Connections.Transport.Plain(client.Client.LocalEndPoint!);

    /// <summary>As soon as it succeeds.</summary>
    protected static async Task<T> EventuallyAsync<T>(Func<Task<T>> act)
    {
        for (var end = DateTime.UtcNow + Deadline; ; await Task.Delay(10))
        {
            try
            {
                return await act();
            }
            catch (Exception exception) when (DateTime.UtcNow < end && exception is IOException or SocketException or Xunit.Sdk.XunitException)
            {
                // Not yet.
            }
        }
    }

    protected static UdpClient OpenUdp(SocketServer server, int endpoint = 0)
    {
        var client = new UdpClient();
        client.Connect(IPAddress.Loopback, server.Endpoints[endpoint].Port);
        return client;
    }

    protected static Task SendAsync(TcpClient client, string text) =>
        client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Deadline);

    /// <summary>Reads exactly as much as is expected, and says what came instead.</summary>
    protected static async Task ExpectAsync(TcpClient client, string expected)
    {
        var buffer = new byte[Encoding.UTF8.GetByteCount(expected)];
        var read = await client.GetStream().ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false).AsTask().WaitAsync(Deadline);
        Assert.Equal(expected, Encoding.UTF8.GetString(buffer, 0, read));
    }

    /// <summary>Reads to the end of the stream; a reset shows as an exception.</summary>
    protected static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await client.Client.ReceiveAsync(buffer).WaitAsync(Deadline) is > 0 and var read)
        {
            bytes.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>Receives so many bytes, or what comes before the end of the stream.</summary>
    protected static async Task<string> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        var received = 0;
        while (received < count && await socket.ReceiveAsync(buffer.AsMemory(received)).AsTask().WaitAsync(Deadline) is > 0 and var read)
        {
            received += read;
        }

        return Encoding.UTF8.GetString(buffer, 0, received);
    }

    /// <summary>Two sockets, <c>tcp</c> or <c>unix</c>, that are connected with each other.</summary>
    protected static async Task<(Socket Ours, Socket Theirs)> PairAsync(string family)
    {
        var isTcp = family == "tcp";
        using var listener = isTcp
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(isTcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint($"\0adopt-{Guid.NewGuid():N}"));
        listener.Listen();
        var theirs = new Socket(listener.AddressFamily, SocketType.Stream, isTcp ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await theirs.ConnectAsync(listener.LocalEndPoint!).WaitAsync(Deadline);
        return (await listener.AcceptAsync().WaitAsync(Deadline), theirs);
    }

    protected static async Task<string> ExchangeAsync(UdpClient client, string text)
    {
        await client.SendAsync(Encoding.UTF8.GetBytes(text));
        var result = await client.ReceiveAsync().WaitAsync(Deadline);
        return Encoding.UTF8.GetString(result.Buffer);
    }

    protected static Task RefusedAsync(int port) => UntilAsync(
        () =>
        {
            using var client = new TcpClient();
            try
            {
                client.Connect(IPAddress.Loopback, port);
                return false;
            }
            catch (SocketException exception)
            {
                return exception.SocketErrorCode == SocketError.ConnectionRefused;
            }
        },
        "new clients are refused");

    protected static async Task UntilAsync(Func<bool> condition, string what, Func<string>? instead = null)
    {
        var end = DateTime.UtcNow + Deadline;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"not reached in time: {what}; {instead?.Invoke()}");
            await Task.Delay(10);
        }
    }

    /// <summary>Ends one of the server's actors by a message, and sees it end.</summary>
    /// <param name="server">The server.</param>
    /// <param name="name">Below the server's own actor; <c>*</c> is any name.</param>
    /// <param name="end">Default: <see cref="PoisonPill"/>.</param>
    protected async Task EndActorAsync(SocketServer server, string name, object? end = null)
    {
        var actor = await EventuallyAsync(async () =>
        {
            var found = await Sys.ActorSelection($"{server.Actor.Path}/{name}").Ask<ActorIdentity>(new Identify(name), Deadline);
            return found.Subject ?? throw new IOException($"there is no {name}");
        });
        var watcher = CreateTestProbe();
        await watcher.WatchAsync(actor);
        actor.Tell(end ?? PoisonPill.Instance);
        await watcher.ExpectTerminatedAsync(actor, Deadline);
    }

    protected static Task ClosedAsync(SocketServer server, CloseReason reason, long count = 1) =>
        UntilAsync(() => server.Statistics.Closed[reason] == count, $"{count} connections closed as {reason}", () => string.Join(", ", server.Statistics.Closed));

    protected static Task AssertBalancedAsync(SocketServer server) => UntilAsync(
        () =>
        {
            var books = server.Statistics;
            return books.Accepted == books.Active + books.Closed.Values.Sum()
                && books.DatagramsReceived == books.DatagramsHandled + books.DatagramsDropped.Values.Sum();
        },
        "the books balance");
}
