using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ActorSockets.Drivers.Native;
using ActorSockets.Servers;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSockets.Configuration;

/// <summary>Reads <c>actor-sockets.servers</c>, with the defaults below it, and refuses what it does not know.</summary>
internal static partial class ServerConfigurationReader
{
    private const string Root = "actor-sockets";

    private static readonly string[] RootKeys = ["defaults", "servers", "plugins", "dispatchers", "mailbox", "memory-budget"];

    public static IReadOnlyList<ServerConfiguration> ReadAll(Config config)
    {
        var complete = Complete(config);
        RefuseUnknown(complete);
        var budget = MemoryBudget.Read(complete);
        var defaults = ReadOptions(new SettingsReader(complete, $"{Root}.defaults", $"{Root}.defaults"));
        OptionsValidator.Validate($"{Root}.defaults.", defaults);
        BudgetValidator.Validate($"{Root}.defaults.", defaults, [], budget);
        List<ServerConfiguration> servers = [.. KeysOf(complete, $"{Root}.servers").Select(name => ReadServer(complete, name))];
        RefuseSharedEndpoints(servers);
        return servers;
    }

    public static ServerConfiguration Read(Config config, string name)
    {
        var complete = Complete(config);
        RefuseUnknown(complete);
        return ReadServer(complete, name);
    }

    private static ServerConfiguration ReadServer(Config complete, string name)
    {
        if (!NamePattern().IsMatch(name))
        {
            throw new ConfigurationException($"'{name.ReplaceLineEndings(" ")}' is not a server name: letters, digits, '-' and '_' only, beginning with a letter or digit");
        }

        var path = $"{Root}.servers.{name}";
        if (!complete.HasPath(path))
        {
            return new ServerConfiguration(name, null, [], ReadOptions(new SettingsReader(complete, $"{Root}.defaults", $"{Root}.defaults")));
        }

        RefuseUnknown(complete, path, [.. KnownKeys("defaults"), "handler", "listen"], "");
        var reader = new SettingsReader(complete, path, $"{Root}.defaults");
        var options = ReadOptions(reader);
        OptionsValidator.Validate($"{path}.", options);
        var endpoints = ReadEndpoints(reader);
        BudgetValidator.Validate($"{path}.", options, endpoints, MemoryBudget.Read(complete));
        return new ServerConfiguration(name, reader.HasOwn("handler") ? reader.Text("handler") : null, endpoints, options);
    }

    private static void RefuseUnknown(Config complete)
    {
        foreach (var key in KeysOf(complete, Root))
        {
            if (!RootKeys.Contains(key))
            {
                throw Unknown(Root, key, RootKeys);
            }
        }

        RefuseUnknown(complete, $"{Root}.defaults", KnownKeys("defaults"), "");

        // What is in them is Akka.NET's, which takes anything else for an empty section.
        string[] sections = [$"{Root}.mailbox", $"{Root}.dispatchers", .. KeysOf(SocketServers.DefaultConfig, $"{Root}.dispatchers").Select(name => $"{Root}.dispatchers.{name}")];
        foreach (var section in sections)
        {
            RefuseNoSection(complete, section);
        }
    }

    private static void RefuseNoSection(Config complete, string path) => _ = KeysOf(complete, path);

    private static void RefuseSharedEndpoints(IEnumerable<ServerConfiguration> servers)
    {
        var owners = new Dictionary<Endpoint, string>();
        foreach (var (server, endpoint) in servers.SelectMany(server => server.Endpoints.Select(endpoint => (server, endpoint))))
        {
            if (endpoint is not { Host.Length: > 0, Port: 0 } && !owners.TryAdd(endpoint, server.Name))
            {
                throw new ConfigurationException($"{Root}.servers.{server.Name}.listen: server '{owners[endpoint]}' listens on {endpoint} already");
            }
        }
    }

    private static Config Complete(Config config) =>
        ReferenceEquals(config, SocketServers.DefaultConfig) ? config : config.WithFallback(SocketServers.DefaultConfig);

    private static List<Endpoint> ReadEndpoints(SettingsReader reader) =>
        reader.HasOwn("listen") ? [.. reader.Texts("listen").Select(text =>
            {
                try
                {
                    return Endpoint.Parse(text);
                }
                catch (FormatException exception)
                {
                    throw new ConfigurationException($"{reader.NameOf("listen")}: {exception.Message}", exception);
                }
            }).SelectMany(InheritedDescriptors.Expand)] : [];

    private static SocketServerOptions ReadOptions(SettingsReader reader) => new()
    {
        Driver = reader.Text("driver"),
        Dispatcher = reader.Choice<ServerDispatcher>("dispatcher"),
        Restart = ReadPolicy(reader),
        MaxConnections = reader.Number("max-connections"),
        MaxConnectionsPerAddress = reader.NumberOrOff("max-connections-per-address"),
        AcceptRate = reader.NumberOrOff("accept-rate"),
        Allow = reader.TextsOrNone("allow"),
        Deny = reader.TextsOrNone("deny"),
        Overflow = reader.Choice<Overflow>("overflow"),
        Backlog = reader.Number("backlog"),
        Listeners = reader.Number("listeners"),
        ReusePort = reader.Switch("reuse-port"),
        IdleTimeout = reader.TimeOr("idle-timeout", "off"),
        RejectWith = reader.TextOrEmpty("reject-with") is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : default(ReadOnlyMemory<byte>),
        TlsCertificate = reader.TextOrEmpty("tls.certificate"),
        TlsKey = reader.TextOrEmpty("tls.key"),
        TlsPasswordFile = reader.TextOrEmpty("tls.password-file"),
        TlsCertificates = reader.Certificates("tls.certificates"),
        TlsAlpn = reader.TextsOrNone("tls.alpn"),
        TlsClientCa = reader.TextOrEmpty("tls.client-ca"),
        TlsRequireClientCertificate = reader.Switch("tls.require-client-certificate"),
        TlsHandshakeTimeout = reader.Time("tls.handshake-timeout"),
        TlsReloadInterval = reader.TimeOr("tls.reload-interval", "off"),
        UnixMode = reader.FileMode("unix.mode"),
        UnixAllowUids = reader.UserIds("unix.allow-uids"),
        UnixAllowEverybody = reader.Switch("unix.allow-everybody"),
        FirstByteTimeout = reader.TimeOr("first-byte-timeout", "off"),
        ReadTimeout = reader.TimeOr("read-timeout", "off"),
        FrameTimeout = reader.TimeOr("frame-timeout", "off"),
        ProxyProtocol = reader.SwitchOr("proxy-protocol.enabled", "default"),
        ProxyProtocolTrusted = reader.TextsOrNone("proxy-protocol.trusted"),
        ProxyProtocolHeaderTimeout = reader.Time("proxy-protocol.header-timeout"),
        MinRate = reader.SizeOrOff("min-rate"),
        MaxFrame = reader.Size("max-frame"),
        KeepAlive = reader.TimeOr("tcp.keep-alive", "off"),
        KeepAliveInterval = reader.Time("tcp.keep-alive-interval"),
        KeepAliveCount = reader.Number("tcp.keep-alive-count"),
        UserTimeout = reader.TimeOr("tcp.user-timeout", "off"),
        SendBuffer = reader.SizeOrOff("tcp.send-buffer"),
        HandlerTimeout = reader.TimeOr("handler-timeout", "off"),
        HalfOpenTimeout = reader.TimeOr("half-open-timeout", "off"),
        DrainTimeout = reader.Time("drain-timeout"),
        DrainSpread = reader.Time("drain-spread"),
        LingerTimeout = reader.Time("linger-timeout"),
        WriteLimit = reader.Size("write-limit"),
        WriteStallTimeout = reader.Time("write-stall-timeout"),
        InputWindow = reader.Size("input.window"),
        OutputHighWater = reader.Size("output.high-water"),
        OutputLowWater = reader.Size("output.low-water"),
        MaxPeers = reader.Number("datagram.max-peers"),
        PeerTimeout = reader.Time("datagram.peer-timeout"),
        DatagramQueue = reader.Number("datagram.queue"),
        DatagramBuffer = reader.Size("datagram.buffer"),
        MaxDatagramSize = reader.Number("datagram.max-size"),
        DatagramReply = reader.Choice<DatagramReply>("datagram.reply"),
        Broadcast = reader.Switch("datagram.broadcast"),
        MulticastGroups = reader.TextsOrNone("datagram.multicast.groups"),
        MulticastInterface = reader.TextOrEmpty("datagram.multicast.interface"),
        MulticastTtl = reader.Number("datagram.multicast.ttl"),
        MulticastLoopback = reader.Switch("datagram.multicast.loopback"),
        MinRebindBackoff = reader.Time("rebind.min-backoff"),
        MaxRebindBackoff = reader.Time("rebind.max-backoff"),
        ServerRestartMax = reader.Number("restart.server-max"),
        ServerRestartWithin = reader.Time("restart.server-within"),
    };

    private static RestartPolicy? ReadPolicy(SettingsReader reader)
    {
        var max = reader.Number("restart.max");
        var within = reader.TimeOr("restart.within", "infinite") ?? Timeout.InfiniteTimeSpan;
        var isDefault = reader.Text("restart.on-failure") == "default";
        var policy = isDefault ? null : new RestartPolicy(reader.Choice<OnFailure>("restart.on-failure", "default"), max, within);
        return policy?.OnFailure is OnFailure.Restart or OnFailure.Resume || (max, within) == (RestartPolicy.DefaultMax, RestartPolicy.DefaultWithin)
            ? policy
            : throw new ConfigurationException($"{reader.NameOf("restart")}: max and within take effect with on-failure = restart or resume only");
    }

    private static void RefuseUnknown(Config config, string path, IReadOnlyCollection<string> known, string prefix)
    {
        foreach (var key in KeysOf(config, path))
        {
            // A quoted key with a dot in it is no path, and would be read by nobody.
            var full = key.Contains('.', StringComparison.Ordinal) ? "" : prefix + key;
            if (known.Any(k => k.StartsWith(full + ".", StringComparison.Ordinal)))
            {
                if (!config.GetValue($"{path}.{key}").IsObject())
                {
                    throw new ConfigurationException($"{path}.{key} must be a section, as in {key} {{ … }}");
                }

                RefuseUnknown(config, $"{path}.{key}", known, full + ".");
            }
            else if (!known.Contains(full))
            {
                throw Unknown(path, key, known.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => k[prefix.Length..].Split('.')[0]).Distinct());
            }
        }
    }

    private static IReadOnlyCollection<string> KnownKeys(string section) =>
        [.. Leaves(SocketServers.DefaultConfig.GetValue($"{Root}.{section}"), "")];

    private static IEnumerable<string> Leaves(HoconValue value, string prefix) => value.GetObject().Items.SelectMany(item =>
        item.Value.IsObject() ? Leaves(item.Value, $"{prefix}{item.Key}.") : [prefix + item.Key]);

    /// <summary>The keys of a section, in the order in which they were written.</summary>
    private static List<string> KeysOf(Config config, string path)
    {
        // A path may have values in several layers of fallbacks, each with keys of its own.
        var keys = new List<string>();
        for (var layer = config; layer is not null; layer = layer.Fallback)
        {
            var node = layer.Root;
            foreach (var step in path.Split('.'))
            {
                node = node is not null && node.IsObject() ? node.GetChildObject(step) : null;
            }

            if (node is not null && !node.IsEmpty)
            {
                if (!node.IsObject())
                {
                    throw new ConfigurationException($"{path} must be a section, as in {path} {{ … }}");
                }

                keys.AddRange(node.GetObject().Items.Keys.Except(keys));
            }
        }

        return keys;
    }

    private static ConfigurationException Unknown(string path, string key, IEnumerable<string> known) =>
        new(string.Create(CultureInfo.InvariantCulture, $"unknown key {path}.{key}; known here: {string.Join(", ", known.Order(StringComparer.Ordinal))}"));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]*\z")]
    private static partial Regex NamePattern();
}
