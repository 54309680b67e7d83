using System.Reflection;
using static ActorSockets.Configuration.TakesEffect;

namespace ActorSockets.Configuration;

/// <summary>All options by their keys, and when a change of each takes effect.</summary>
internal static class OptionEffects
{
    public static IReadOnlyList<(string Key, string Property, TakesEffect Effect)> All { get; } =
    [
        ("driver", nameof(SocketServerOptions.Driver), AtNextStart),
        ("dispatcher", nameof(SocketServerOptions.Dispatcher), AtNextStart),
        ("restart", nameof(SocketServerOptions.Restart), WithNewConnections),
        ("restart.server-max", nameof(SocketServerOptions.ServerRestartMax), AtOnce),
        ("restart.server-within", nameof(SocketServerOptions.ServerRestartWithin), AtOnce),
        ("max-connections", nameof(SocketServerOptions.MaxConnections), AtOnce),
        ("max-connections-per-address", nameof(SocketServerOptions.MaxConnectionsPerAddress), AtOnce),
        ("accept-rate", nameof(SocketServerOptions.AcceptRate), AtOnce),
        ("allow", nameof(SocketServerOptions.Allow), WithNewConnections),
        ("deny", nameof(SocketServerOptions.Deny), WithNewConnections),
        ("overflow", nameof(SocketServerOptions.Overflow), AtNextStart),
        ("reject-with", nameof(SocketServerOptions.RejectWith), AtOnce),
        ("backlog", nameof(SocketServerOptions.Backlog), AtNextStart),
        ("listeners", nameof(SocketServerOptions.Listeners), AtNextStart),
        ("reuse-port", nameof(SocketServerOptions.ReusePort), AtNextStart),
        ("idle-timeout", nameof(SocketServerOptions.IdleTimeout), AtOnce),
        ("first-byte-timeout", nameof(SocketServerOptions.FirstByteTimeout), AtOnce),
        ("read-timeout", nameof(SocketServerOptions.ReadTimeout), WithNewConnections),
        ("frame-timeout", nameof(SocketServerOptions.FrameTimeout), AtOnce),
        ("min-rate", nameof(SocketServerOptions.MinRate), AtOnce),
        ("max-frame", nameof(SocketServerOptions.MaxFrame), AtOnce),
        ("handler-timeout", nameof(SocketServerOptions.HandlerTimeout), AtOnce),
        ("half-open-timeout", nameof(SocketServerOptions.HalfOpenTimeout), AtOnce),
        ("drain-timeout", nameof(SocketServerOptions.DrainTimeout), AtOnce),
        ("drain-spread", nameof(SocketServerOptions.DrainSpread), AtOnce),
        ("linger-timeout", nameof(SocketServerOptions.LingerTimeout), WithNewConnections),
        ("write-limit", nameof(SocketServerOptions.WriteLimit), WithNewConnections),
        ("write-stall-timeout", nameof(SocketServerOptions.WriteStallTimeout), WithNewConnections),
        ("proxy-protocol.enabled", nameof(SocketServerOptions.ProxyProtocol), AtNextStart),
        ("proxy-protocol.trusted", nameof(SocketServerOptions.ProxyProtocolTrusted), AtNextStart),
        ("proxy-protocol.header-timeout", nameof(SocketServerOptions.ProxyProtocolHeaderTimeout), AtNextStart),
        ("tcp.keep-alive", nameof(SocketServerOptions.KeepAlive), AtNextStart),
        ("tcp.keep-alive-interval", nameof(SocketServerOptions.KeepAliveInterval), AtNextStart),
        ("tcp.keep-alive-count", nameof(SocketServerOptions.KeepAliveCount), AtNextStart),
        ("tcp.user-timeout", nameof(SocketServerOptions.UserTimeout), AtNextStart),
        ("tcp.send-buffer", nameof(SocketServerOptions.SendBuffer), AtNextStart),
        ("tls.certificate", nameof(SocketServerOptions.TlsCertificate), AtNextStart),
        ("tls.key", nameof(SocketServerOptions.TlsKey), AtNextStart),
        ("tls.password-file", nameof(SocketServerOptions.TlsPasswordFile), AtNextStart),
        ("tls.certificates", nameof(SocketServerOptions.TlsCertificates), AtNextStart),
        ("tls.alpn", nameof(SocketServerOptions.TlsAlpn), AtNextStart),
        ("tls.client-ca", nameof(SocketServerOptions.TlsClientCa), AtNextStart),
        ("tls.require-client-certificate", nameof(SocketServerOptions.TlsRequireClientCertificate), AtNextStart),
        ("tls.handshake-timeout", nameof(SocketServerOptions.TlsHandshakeTimeout), AtNextStart),
        ("tls.reload-interval", nameof(SocketServerOptions.TlsReloadInterval), AtNextStart),
        ("unix.mode", nameof(SocketServerOptions.UnixMode), AtNextStart),
        ("unix.allow-uids", nameof(SocketServerOptions.UnixAllowUids), WithNewConnections),
        ("unix.allow-everybody", nameof(SocketServerOptions.UnixAllowEverybody), AtNextStart),
        ("input.window", nameof(SocketServerOptions.InputWindow), WithNewConnections),
        ("output.high-water", nameof(SocketServerOptions.OutputHighWater), WithNewConnections),
        ("output.low-water", nameof(SocketServerOptions.OutputLowWater), WithNewConnections),
        ("datagram.max-peers", nameof(SocketServerOptions.MaxPeers), AtOnce),
        ("datagram.peer-timeout", nameof(SocketServerOptions.PeerTimeout), AtOnce),
        ("datagram.queue", nameof(SocketServerOptions.DatagramQueue), AtOnce),
        ("datagram.buffer", nameof(SocketServerOptions.DatagramBuffer), AtOnce),
        ("datagram.max-size", nameof(SocketServerOptions.MaxDatagramSize), AtNextStart),
        ("datagram.reply", nameof(SocketServerOptions.DatagramReply), AtOnce),
        ("datagram.broadcast", nameof(SocketServerOptions.Broadcast), AtNextStart),
        ("datagram.multicast.groups", nameof(SocketServerOptions.MulticastGroups), AtNextStart),
        ("datagram.multicast.interface", nameof(SocketServerOptions.MulticastInterface), AtNextStart),
        ("datagram.multicast.ttl", nameof(SocketServerOptions.MulticastTtl), AtNextStart),
        ("datagram.multicast.loopback", nameof(SocketServerOptions.MulticastLoopback), AtNextStart),
        ("rebind.min-backoff", nameof(SocketServerOptions.MinRebindBackoff), AtOnce),
        ("rebind.max-backoff", nameof(SocketServerOptions.MaxRebindBackoff), AtOnce),
    ];

    /// <summary>The options that are in force after a change, while the server runs.</summary>
    /// <param name="inForce">Those before it.</param>
    /// <param name="wanted">Those that shall be.</param>
    /// <param name="changed">The keys of what has changed.</param>
    /// <param name="later">The keys of what changes at the next start only.</param>
    public static SocketServerOptions Merge(SocketServerOptions inForce, SocketServerOptions wanted, out IReadOnlyList<string> changed, out IReadOnlyList<string> later)
    {
        var merged = inForce.Clone();
        var different = All.Where(option => !IsSame(Property(option.Property).GetValue(inForce), Property(option.Property).GetValue(wanted))).ToList();
        foreach (var option in different.Where(option => option.Effect != AtNextStart))
        {
            Property(option.Property).SetValue(merged, Property(option.Property).GetValue(wanted));
        }

        changed = [.. different.Where(option => option.Effect != AtNextStart).Select(option => option.Key)];
        merged.Version = inForce.Version + (changed.Count > 0 ? 1 : 0);
        later = [.. different.Where(option => option.Effect == AtNextStart).Select(option => option.Key)];
        return merged;
    }

    private static PropertyInfo Property(string name) => typeof(SocketServerOptions).GetProperty(name)!;

    private static bool IsSame(object? one, object? other) => (one, other) switch
    {
        (ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> others) => bytes.Span.SequenceEqual(others.Span),
        (System.Collections.IEnumerable list and not string, System.Collections.IEnumerable others) => list.Cast<object>().SequenceEqual(others.Cast<object>()),
        _ => Equals(one, other),
    };
}
