using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ActorSockets.Server.Tests.Plugin;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>A connection by which a running program is asked for the books of its servers; one from before a fault needs nothing new.</summary>
internal sealed class Books : IDisposable
{
    /// <summary>The server that answers; it goes beside those that are asked about.</summary>
    public static readonly string Server = ServerOn("tcp://127.0.0.1:0");

    /// <summary>Stands beside the servers.</summary>
    public static readonly string Plugin = $"plugins = [\"{typeof(BooksHandler).Assembly.Location}\"]";

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    private Books(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(endpoint);
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream);
        _writer = new StreamWriter(_stream) { AutoFlush = true };
    }

    /// <summary>As <see cref="Server"/>, where that cannot be reached.</summary>
    public static string ServerOn(string endpoint) =>
        $$"""books { handler = "{{typeof(BooksHandler).FullName}}, {{typeof(BooksHandler).Assembly.GetName().Name}}", listen = ["{{endpoint}}"], driver = native, idle-timeout = off }""";

    public static Task<Books> OpenAsync(ServerProcess server) => OpenAsync(new IPEndPoint(IPAddress.Loopback, server.Port("books")));

    public static async Task<Books> OpenAsync(EndPoint endpoint)
    {
        var books = new Books(endpoint);

        // It may be that the program is short of something from here on: what the answer needs is there afterwards.
        await books.ReadAsync("books");
        return books;
    }

    public async Task<Page> ReadAsync(string server)
    {
        await _writer.WriteLineAsync(server).WaitAsync(Deadline.Long);
        return JsonSerializer.Deserialize<Page>((await _reader.ReadLineAsync().WaitAsync(Deadline.Long))!)!;
    }

    /// <summary>Waits until all connections and datagrams that came in are accounted for, and so many connections live.</summary>
    public Task BalancedAsync(string server, long active = 0) => Deadline.UntilAsync($"the books of {server} balance with {active} connections", async () =>
    {
        var page = await ReadAsync(server);
        return page.Active == active && page.Accepted == page.Active + page.Closed.Values.Sum()
            && page.DatagramsReceived == page.DatagramsHandled + page.DatagramsDropped.Values.Sum();
    });

    public void Dispose() => _stream.Dispose();

    /// <summary>What they say.</summary>
    public sealed record Page(
        long Accepted,
        long Active,
        long Rebinds,
        Dictionary<CloseReason, long> Closed,
        Dictionary<RefusalReason, long> Refused,
        long DatagramsReceived,
        long DatagramsHandled,
        Dictionary<DropReason, long> DatagramsDropped);
}
