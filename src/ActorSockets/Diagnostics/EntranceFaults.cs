using System.Globalization;

namespace ActorSockets.Diagnostics;

/// <summary>What becomes of clients that a server does not let in, by its options, in words.</summary>
/// <param name="options">The options.</param>
/// <param name="endpoints">Where it listens.</param>
internal sealed class EntranceFaults(SocketServerOptions options, IReadOnlyList<Endpoint> endpoints)
{
    private const string AtOnce = "at once";
    private const string NewConnection = "the new connection";

    // What is decided before the handshake can be told nobody in his language; and where his hello lies unread, the kernel resets.
    private const string ByTls = "the end or a reset before the handshake";

    private readonly Endpoint[] _streams = [.. endpoints.Where(endpoint => endpoint.IsStream)];
    private readonly Endpoint[] _addressed = [.. endpoints.Where(endpoint => endpoint is { IsStream: true, Path.Length: 0 })];

    /// <summary>Whoever may not enter for want of room is told this where it is decided before anything is read.</summary>
    public string Farewell => FarewellOn(_streams);

    /// <summary>Told once the server has the connection, so after a handshake.</summary>
    private string Spoken => options.RejectWith.IsEmpty ? "the end" : "reject-with, the end";

    public IEnumerable<FaultRow> Rows() => _streams.Length == 0 ? Datagrams() : [.. Room(), .. Addresses(), .. Users(), .. Datagrams(), .. Proxies(), .. Handshakes()];

    private string FarewellOn(IReadOnlyCollection<Endpoint> streams) =>
        !streams.Any(endpoint => endpoint.IsTls) ? Spoken
        : streams.All(endpoint => endpoint.IsTls) ? ByTls
        : $"{Spoken}; by TLS {ByTls}";

    private IEnumerable<FaultRow> Room()
    {
        var more = string.Create(CultureInfo.InvariantCulture, $"one more than {options.MaxConnections} connections");
        yield return options.Overflow switch
        {
            Overflow.Wait => new(more, "nothing", "nobody: it waits", "until one of them ends"),
            Overflow.EvictIdle => new(more, "the connection that is idle longest, if one is", $"that one: the end, Evicted; where none is idle, the new one: {Spoken}, ServerFull", AtOnce),
            _ => new(more, NewConnection, $"client: {Spoken}; ServerFull", AtOnce),
        };
        if (options.MaxConnectionsPerAddress is { } perAddress && _addressed.Length > 0)
        {
            yield return new($"one more than {perAddress} from an address", NewConnection, $"client: {FarewellOn(_addressed)}; AddressFull", AtOnce);
        }

        if (options.AcceptRate is { } rate)
        {
            yield return options.Overflow == Overflow.Wait
                ? new($"more than {rate} connections in a second", "nothing", "nobody: they wait", "as the rate allows")
                : new($"more than {rate} connections in a second", "the new connections", $"clients: {Farewell}; TooFast", AtOnce);
        }
    }

    private bool KeepsOut => options.Allow.Count > 0 || options.Deny.Count > 0;

    private IEnumerable<FaultRow> Addresses() => KeepsOut && (_addressed.Length > 0 || options.ExpectsProxyHeaders)
        ? [new("a client connects from an address that allow or deny keeps out", NewConnection, "client: reset; NotAllowed", AtOnce)]
        : [];

    private IEnumerable<FaultRow> Users() => options.UnixAllowUids.Count > 0 && _streams.Any(endpoint => endpoint.Scheme == "unix")
        ? [new("a user connects whom unix.allow-uids does not name", NewConnection, "client: the end or a reset; NotAllowed; the log", AtOnce)]
        : [];

    private IEnumerable<FaultRow> Datagrams() => KeepsOut && endpoints.Any(endpoint => endpoint is { IsDatagram: true, Path.Length: 0 })
        ? [new("a datagram comes from an address that allow or deny keeps out", "the datagram", "the books: NotAllowed", AtOnce)]
        : [];

    private IEnumerable<FaultRow> Proxies()
    {
        if (!options.ExpectsProxyHeaders)
        {
            yield break;
        }

        if (_addressed.Length > 0)
        {
            yield return new("somebody connects whom proxy-protocol.trusted does not name", NewConnection, "client: reset; NotTrusted", AtOnce);
        }

        yield return new("a proxy's header is wrong", NewConnection, "proxy: reset; ProxyHeader; the log", AtOnce);
        yield return new("a proxy's header is late", NewConnection, "proxy: reset; ProxyHeader; the log", ShortTime.Of(options.ProxyProtocolHeaderTimeout));
    }

    private IEnumerable<FaultRow> Handshakes() => _streams.Any(endpoint => endpoint.IsTls)
        ?
        [
            new("a TLS handshake fails", NewConnection, "client: reset; TlsFailed; the log", AtOnce),
            new("a TLS handshake is late", NewConnection, "client: reset; TlsFailed; the log", ShortTime.Of(options.TlsHandshakeTimeout)),
        ]
        : [];
}
