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
    public static readonly string Server =
        $$"""books { handler = "{{typeof(BooksHandler).FullName}}, {{typeof(BooksHandler).Assembly.GetName().Name}}", listen = ["tcp://127.0.0.1:0"], driver = native, idle-timeout = off }""";

    /// <summary>Stands beside the servers.</summary>
    public static readonly string Plugin = $"plugins = [\"{typeof(BooksHandler).Assembly.Location}\"]";

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    private Books(int port)
    {
        _client.Connect(IPAddress.Loopback, port);
        _reader = new StreamReader(_client.GetStream());
        _writer = new StreamWriter(_client.GetStream()) { AutoFlush = true };
    }

    public static async Task<Books> OpenAsync(ServerProcess server)
    {
        var books = new Books(server.Port("books"));

        // It may be that the program is short of something from here on: what the answer needs is there afterwards.
        await books.ReadAsync("books");
        return books;
    }

    public async Task<Page> ReadAsync(string server)
    {
        await _writer.WriteLineAsync(server).WaitAsync(Deadline.Long);
        return JsonSerializer.Deserialize<Page>((await _reader.ReadLineAsync().WaitAsync(Deadline.Long))!)!;
    }

    /// <summary>Waits until all connections that were accepted are accounted for, and so many of them live.</summary>
    public Task BalancedAsync(string server, long active = 0) => Deadline.UntilAsync($"the books of {server} balance with {active} connections", async () =>
    {
        var page = await ReadAsync(server);
        return page.Active == active && page.Accepted == page.Active + page.Closed.Values.Sum();
    });

    public void Dispose() => _client.Dispose();

    /// <summary>What they say.</summary>
    public sealed record Page(long Accepted, long Active, long Rebinds, Dictionary<CloseReason, long> Closed, Dictionary<RefusalReason, long> Refused);
}
