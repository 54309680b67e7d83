using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Connections;
using ActorSockets.Drivers;
using ActorSockets.Servers;
using Akka.Configuration;

namespace ActorSockets.Configuration;

/// <summary>Refuses options that are unbounded, contradict each other or make no sense.</summary>
internal static class OptionsValidator
{
    // More than any of them is no limit in disguise.
    private const int MaxMaxConnections = 10_000_000;
    private const int MaxBacklog = 65_535;
    private const int MaxDatagramQueue = 65_536;
    private const int MaxMaxPeers = 1_000_000;

    // What the kernel takes at once, from anybody.
    private const int MaxRejectWith = 4096;

    // Far more than there are processors that could accept at the same time.
    private const int MaxListeners = 256;

    // Of the kernel's, in seconds and times.
    private const int MaxKeepAlive = 32_767;
    private const int MaxKeepAliveCount = 127;

    // Less than one packet.
    private const int MinSendBuffer = 4096;

    // ALPN has one byte for its length.
    private const int MaxProtocolName = 255;

    /// <param name="prefix">What stands before the key in messages.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ConfigurationException">One is wrong; the message names its key.</exception>
    public static void Validate(string prefix, SocketServerOptions options)
    {
        if (!DriverCatalog.Names.Contains(options.Driver))
        {
            throw new ConfigurationException($"{prefix}driver = {options.Driver} is unknown; there is {string.Join(", ", DriverCatalog.Names)}");
        }

        Defined("dispatcher", options.Dispatcher);
        Defined("overflow", options.Overflow);
        Defined("datagram.reply", options.DatagramReply);
        Defined("restart.on-failure", options.Restart?.OnFailure ?? OnFailure.Close);
        Between("max-connections", options.MaxConnections, 1, MaxMaxConnections);
        Between("max-connections-per-address", options.MaxConnectionsPerAddress ?? 1, 1, options.MaxConnections, "max-connections");
        AtLeast("accept-rate", options.AcceptRate ?? 1, 1);
        Networks("allow", options.Allow);
        Networks("deny", options.Deny);
        Networks("proxy-protocol.trusted", options.ProxyProtocolTrusted);
        if (options.ProxyProtocolTrusted.FirstOrDefault(network => AddressFilter.Parse(network).PrefixLength == 0) is { } everybody)
        {
            throw new ConfigurationException($"{prefix}proxy-protocol.trusted: '{everybody}' trusts everybody, so that anybody could say any address; name the networks of the proxies");
        }

        Positive("proxy-protocol.header-timeout", options.ProxyProtocolHeaderTimeout);
        AtLeast("min-rate", options.MinRate ?? 1, 1);
        AtLeast("max-frame", options.MaxFrame, 1);
        Between("tcp.keep-alive", Seconds(options.KeepAlive ?? TimeSpan.FromSeconds(1)), 1, MaxKeepAlive);
        Between("tcp.keep-alive-interval", Seconds(options.KeepAliveInterval), 1, MaxKeepAlive);
        Between("tcp.keep-alive-count", options.KeepAliveCount, 1, MaxKeepAliveCount);
        Between("tcp.user-timeout", Seconds(options.UserTimeout ?? TimeSpan.FromSeconds(1)), 1, int.MaxValue / 1000);
        AtLeast("tcp.send-buffer", options.SendBuffer ?? MinSendBuffer, MinSendBuffer);
        Between("backlog", options.Backlog, 1, MaxBacklog);
        Between("listeners", options.Listeners, 1, MaxListeners);
        AtLeast("input.window", options.InputWindow, 1024);
        AtLeast("output.low-water", options.OutputLowWater, 0);
        AtLeast("output.high-water", options.OutputHighWater, options.OutputLowWater, "the value of output.low-water");

        // A handler that answers as much as it is given must not be cut for it.
        var room = Math.Max(options.InputWindow, OutputBuffer.Piece);
        AtLeast("write-limit", options.WriteLimit, (int)Math.Min(int.MaxValue, (long)options.OutputHighWater + room), "output.high-water plus room for one input.window");
        Between("datagram.max-peers", options.MaxPeers, 1, MaxMaxPeers);
        Between("datagram.queue", options.DatagramQueue, 1, MaxDatagramQueue);
        AtLeast("datagram.buffer", options.DatagramBuffer, 128 * 1024);
        AtLeast("datagram.max-size", options.MaxDatagramSize, 0);
        Between("datagram.multicast.ttl", options.MulticastTtl, 0, byte.MaxValue);
        if (options.MulticastGroups.FirstOrDefault(group => !IsGroup(group)) is { } wrong)
        {
            throw new ConfigurationException($"{prefix}datagram.multicast.groups: '{wrong}' is not the address of a multicast group (224.0.0.0 to 239.255.255.255, or IPv6 that begins with ff)");
        }

        AtLeast("restart.max", options.Restart?.Max ?? 0, -1);
        AtLeast("restart.server-max", options.ServerRestartMax, -1);
        Positive("restart.server-within", options.ServerRestartWithin);
        Positive("idle-timeout", options.IdleTimeout ?? TimeSpan.MaxValue);
        Positive("first-byte-timeout", options.FirstByteTimeout ?? TimeSpan.MaxValue);
        Positive("read-timeout", options.ReadTimeout ?? TimeSpan.MaxValue);
        Positive("frame-timeout", options.FrameTimeout ?? TimeSpan.MaxValue);
        Positive("handler-timeout", options.HandlerTimeout ?? TimeSpan.MaxValue);
        NotAfter("first-byte-timeout", options.FirstByteTimeout, "idle-timeout", options.IdleTimeout);
        NotAfter("first-byte-timeout", options.FirstByteTimeout, "handler-timeout", options.HandlerTimeout);
        NotAfter("frame-timeout", options.FrameTimeout, "handler-timeout", options.HandlerTimeout);
        NotAfter("read-timeout", options.ReadTimeout, "handler-timeout", options.HandlerTimeout);
        Positive("half-open-timeout", options.HalfOpenTimeout ?? TimeSpan.MaxValue);
        Positive("tls.handshake-timeout", options.TlsHandshakeTimeout);
        Positive("tls.reload-interval", options.TlsReloadInterval ?? TimeSpan.MaxValue);
        Positive("write-stall-timeout", options.WriteStallTimeout);
        Positive("datagram.peer-timeout", options.PeerTimeout);
        Positive("rebind.min-backoff", options.MinRebindBackoff);
        NotNegative("drain-timeout", options.DrainTimeout);
        NotNegative("drain-spread", options.DrainSpread);
        if (options.DrainSpread > options.DrainTimeout)
        {
            throw new ConfigurationException($"{prefix}drain-spread must not be more than drain-timeout");
        }

        NotNegative("linger-timeout", options.LingerTimeout);
        if (options.RejectWith.Length > MaxRejectWith)
        {
            throw new ConfigurationException($"{prefix}reject-with has {options.RejectWith.Length} bytes; at most {MaxRejectWith} are possible");
        }

        if (options.TlsCertificates.Index().FirstOrDefault(each => each.Item.Certificate.Length == 0) is { Item: not null, Index: var index })
        {
            throw new ConfigurationException($"{prefix}tls.certificates[{index}].certificate is empty");
        }

        if (options.TlsAlpn.FirstOrDefault(protocol => Encoding.UTF8.GetByteCount(protocol) is 0 or > MaxProtocolName) is { } name)
        {
            throw new ConfigurationException($"{prefix}tls.alpn: '{name}' must have 1 to {MaxProtocolName} bytes");
        }

        if (options.MaxRebindBackoff < options.MinRebindBackoff)
        {
            throw new ConfigurationException($"{prefix}rebind.max-backoff must not be less than rebind.min-backoff");
        }

        if (options.Restart is { } restart && restart.Within <= TimeSpan.Zero && restart.Within != Timeout.InfiniteTimeSpan)
        {
            throw new ConfigurationException($"{prefix}restart.within must be more than 0");
        }

        static bool IsGroup(string text) => IPAddress.TryParse(text, out var address)
            && (address.AddressFamily == AddressFamily.InterNetwork ? address.GetAddressBytes()[0] is >= 224 and <= 239 : address.IsIPv6Multicast);

        void Defined<T>(string key, T value)
            where T : struct, Enum
        {
            if (!Enum.IsDefined(value))
            {
                throw new ConfigurationException($"{prefix}{key} = {value} is none of {string.Join(", ", Enum.GetNames<T>())}");
            }
        }

        void AtLeast(string key, int value, int least, string? otherKey = null)
        {
            if (value < least)
            {
                throw new ConfigurationException(
                    $"{prefix}{key} = {value} must be at least {least}" + (otherKey is null ? "" : $", {otherKey}"));
            }
        }

        void Between(string key, int value, int least, int most, string? otherKey = null)
        {
            AtLeast(key, value, least);
            if (value > most)
            {
                throw new ConfigurationException($"{prefix}{key} = {value} must be at most {most}" + (otherKey is null ? "" : $", {otherKey}"));
            }
        }

        void Networks(string key, IReadOnlyList<string> networks)
        {
            try
            {
                foreach (var network in networks)
                {
                    AddressFilter.Parse(network);
                }
            }
            catch (FormatException exception)
            {
                throw new ConfigurationException($"{prefix}{key}: {exception.Message}", exception);
            }
        }

        static int Seconds(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalSeconds), int.MinValue, int.MaxValue);

        void Positive(string key, TimeSpan value)
        {
            if (value <= TimeSpan.Zero)
            {
                throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{prefix}{key} = {value.TotalSeconds:0.###}s must be more than 0"));
            }
        }

        void NotAfter(string key, TimeSpan? value, string otherKey, TimeSpan? other)
        {
            if (value > other)
            {
                throw new ConfigurationException(string.Create(
                    CultureInfo.InvariantCulture, $"{prefix}{key} = {value.Value.TotalSeconds:0.###}s must be at most {other.Value.TotalSeconds:0.###}s, {otherKey}, which ends the connection first"));
            }
        }

        void NotNegative(string key, TimeSpan value)
        {
            if (value < TimeSpan.Zero)
            {
                throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{prefix}{key} = {value.TotalSeconds:0.###}s must not be negative"));
            }
        }
    }
}
