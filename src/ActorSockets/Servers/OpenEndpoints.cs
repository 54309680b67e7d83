using System.Net;

namespace ActorSockets.Servers;

/// <summary>Endpoints where anybody can connect, and talk without TLS, although nobody has said that this is meant.</summary>
internal static class OpenEndpoints
{
    /// <param name="options">The server's options.</param>
    /// <param name="bound">Its endpoints, as bound.</param>
    public static IReadOnlyList<Endpoint> Find(SocketServerOptions options, IEnumerable<Endpoint> bound) =>
        options.Allow.Count > 0 || options.ExpectsProxyHeaders ? [] : [.. bound.Where(IsOpen)];

    private static bool IsOpen(Endpoint endpoint) =>
        endpoint is { IsStream: true, IsTls: false } && IPAddress.TryParse(endpoint.Host, out var address) && !IsLoopback(address);

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
