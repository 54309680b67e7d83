using System.Net;

namespace ActorSockets;

/// <summary>What a proxy in front says about a connection, by the PROXY protocol, version 1 or 2.</summary>
public sealed record ProxyHeader
{
    /// <summary>The version of the protocol: 1 (text) or 2 (binary).</summary>
    public required int Version { get; init; }

    /// <summary>True where the proxy connects for itself, to see whether the server is there (<c>LOCAL</c>).</summary>
    public bool IsLocal { get; init; }

    /// <summary>The client's address; null where the proxy does not say it (<c>LOCAL</c>, <c>UNKNOWN</c>).</summary>
    public EndPoint? Source { get; init; }

    /// <summary>The address that the client connected to; null where the proxy does not say it.</summary>
    public EndPoint? Destination { get; init; }

    /// <summary>The host that the client asked for, by TLS' server name (<c>PP2_TYPE_AUTHORITY</c>); null: not said.</summary>
    public string? Authority { get; init; }

    /// <summary>The protocol that the client agreed on with the proxy by ALPN (<c>PP2_TYPE_ALPN</c>); null: not said.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>What the proxy knows the connection by (<c>PP2_TYPE_UNIQUE_ID</c>), at most 128 bytes; empty: not said.</summary>
    public ReadOnlyMemory<byte> UniqueId { get; init; }

    /// <summary>Where the proxy is, which <see cref="Peer.RemoteEndPoint"/> would be without the header.</summary>
    public EndPoint? Proxy { get; init; }
}
