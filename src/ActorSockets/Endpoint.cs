using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorSockets.Drivers.Native;

namespace ActorSockets;

/// <summary>
/// Where a server listens, as a URI: <c>tcp://host:port</c>, <c>tls://host:port</c> (TCP with TLS), <c>udp://host:port</c>, or <c>unix:/path</c> and <c>unixgram:/path</c> for a Unix
/// stream or datagram socket; <c>@name</c> instead of the path is one in the abstract namespace of Linux. <c>fd:name</c> is a socket that
/// whoever started this process has bound and handed over, such as systemd; see <see cref="Name"/>. The host is an IPv4 address, an
/// IPv6 address in brackets, or a name; <c>[::]</c> serves IPv6 and IPv4 on one socket (dual stack). Port 0 lets the
/// kernel choose; <see cref="SocketServer.Endpoints"/> tells which. It takes the place of
/// <c>socketserver.BaseServer.server_address</c> and <c>address_family</c>. <c>allow_reuse_address</c> is deliberately not an
/// option: .NET binds TCP so that a restart does not wait for old connections, and two servers on one port are always an error.
/// </summary>
public sealed record Endpoint
{
    /// <summary>What the kernel takes of a Unix path, in bytes.</summary>
    private const int LongestPath = 107;

    private const string Syntax = "expected tcp://host:port, tls://host:port, udp://host:port, unix:/path, unixgram:/path, fd:name or tls+fd:name";

    // What systemd takes for a FileDescriptorName.
    private const int LongestName = 255;

    private static readonly TimeSpan LookUpTimeout = TimeSpan.FromSeconds(4);

    private Endpoint(string scheme, string host, int port) => (Scheme, Host, Port) = (scheme, host, port);

    private Endpoint(string scheme) => Scheme = scheme;

    /// <summary><c>tcp</c>, <c>tls</c>, <c>udp</c>, <c>unix</c>, <c>unixgram</c>, <c>fd</c> or <c>tls+fd</c>.</summary>
    public string Scheme { get; }

    /// <summary>The address or name, without brackets; empty for a Unix socket.</summary>
    public string Host { get; } = "";

    /// <summary>The port, 0 to 65535; 0: the kernel chooses, or there is none.</summary>
    public int Port { get; }

    /// <summary>The path of a Unix socket, absolute, or its name with <c>@</c> before it in the abstract namespace; otherwise empty.</summary>
    public string Path { get; private init; } = "";

    /// <summary>
    /// The name of an inherited descriptor, otherwise empty. <c>fd:web</c> is each that was handed over as <c>web</c> (<c>FileDescriptorName=</c> of a
    /// socket unit of systemd, by default the unit's own name with <c>.socket</c>), a listening stream socket or a datagram socket; the server has one endpoint
    /// for each, and <c>fd:web:2</c> is the second of them alone. <c>tls+fd:web</c> is the same with TLS. Descriptors without names are called <c>unknown</c>.
    /// The environment (<c>LISTEN_PID</c>, <c>LISTEN_FDS</c>, <c>LISTEN_FDNAMES</c>; <c>sd_listen_fds(3)</c>) is read once, when the first such endpoint is.
    /// The descriptor stays open, bound and listening in this process for as long as it runs, also while the server is suspended or stopped: the kernel keeps
    /// those who connect meanwhile until they are accepted. The file of a Unix socket is left to whoever has made it. Once a server listens, its endpoint is the address.
    /// </summary>
    public string Name { get; private init; } = "";

    /// <summary>Whether it carries datagrams. Of an inherited descriptor the kernel tells it; one that this process was not given carries nothing.</summary>
    public bool IsDatagram => Scheme is "udp" or "unixgram" || (Scheme == "fd" && InheritedDescriptors.OfProcess.TypeOf(this) == SocketType.Dgram);

    /// <summary>Whether it carries streams; see <see cref="IsDatagram"/>.</summary>
    public bool IsStream => Scheme is "tcp" or "tls" or "unix" or "tls+fd" || (Scheme == "fd" && InheritedDescriptors.OfProcess.TypeOf(this) == SocketType.Stream);

    /// <summary>Whether its streams are secured.</summary>
    internal bool IsTls => Scheme is "tls" or "tls+fd";

    /// <summary>Whether it was bound before this process began.</summary>
    internal bool IsInherited => Name.Length > 0;

    /// <summary>Reads a URI.</summary>
    /// <param name="text">Such as <c>tcp://127.0.0.1:7007</c>.</param>
    /// <exception cref="FormatException">The text is not an endpoint; the message quotes it and says what is wrong.</exception>
    public static Endpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out var endpoint) is { } error ? throw new FormatException(error) : endpoint!;
    }

    /// <summary>Reads a URI; false when it is not one.</summary>
    /// <param name="text">Such as <c>udp://[::1]:7007</c>.</param>
    /// <param name="endpoint">The endpoint, when it is one.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Endpoint? endpoint)
    {
        endpoint = null;
        return text is not null && Read(text, out endpoint) is null;
    }

    /// <summary>The URI; <see cref="Parse"/> reads it back.</summary>
    public override string ToString() => Path.Length > 0 || IsInherited ? $"{Scheme}:{Path}{Name}" :
        Host.Contains(':', StringComparison.Ordinal) ? $"{Scheme}://[{Host}]:{Port}" : $"{Scheme}://{Host}:{Port}";

    /// <summary>The same endpoint as it was bound: the address instead of the name, the port that the kernel chose.</summary>
    internal Endpoint BoundTo(EndPoint bound) => bound switch
    {
        IPEndPoint address => new(IsTls ? "tls" : IsDatagram ? "udp" : "tcp", address.Address.ToString(), address.Port),
        _ when IsInherited => new(IsDatagram ? "unixgram" : "unix") { Path = $"{bound}" },
        _ => this,
    };

    /// <summary>The same with another descriptor.</summary>
    internal Endpoint Named(string name) => this with { Name = name };

    /// <summary>Where a connection came in that no listener of ours has accepted: its own local address.</summary>
    internal static Endpoint Of(EndPoint local) => local is IPEndPoint address
        ? new("tcp", address.Address.ToString(), address.Port)
        : new("unix") { Path = $"{local}" };

    /// <summary>The address to bind. A name is looked up; its first IPv4 address is taken, else its first address.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    /// <exception cref="TimeoutException">Nobody answered in time.</exception>
    internal async Task<IPEndPoint> ResolveAsync()
    {
        if (IPAddress.TryParse(Host, out var address))
        {
            return new IPEndPoint(address, Port);
        }

        using var deadline = new CancellationTokenSource(LookUpTimeout);
        IPAddress[] found;
        try
        {
            found = await Dns.GetHostAddressesAsync(Host, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the name was not resolved within {LookUpTimeout.TotalSeconds} s");
        }

        return found.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : new IPEndPoint(found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0], Port);
    }

    private static string? Read(string text, out Endpoint? endpoint)
    {
        endpoint = null;
        if (text.Split(':', 2) is [("unix" or "unixgram") and var family, var path])
        {
            return ReadPath(text, family, path, out endpoint);
        }

        if (text.Split(':', 2) is [("fd" or "tls+fd") and var inherited, var name])
        {
            return ReadName(text, inherited, name, out endpoint);
        }

        var mark = text.IndexOf("://", StringComparison.Ordinal);
        if (mark < 0)
        {
            return $"'{text}' is not an endpoint: {Syntax}";
        }

        var scheme = text[..mark];
        if (scheme is not ("tcp" or "tls" or "udp"))
        {
            return $"'{text}' is not an endpoint: unknown scheme '{scheme}', {Syntax}";
        }

        var colon = text.LastIndexOf(':');
        if (colon <= mark + 2)
        {
            return $"'{text}' is not an endpoint: the port is missing, {Syntax}";
        }

        var host = text[(mark + 3)..colon];
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
        {
            return $"'{text}' is not an endpoint: '{text[(colon + 1)..]}' is not a port (0 to 65535)";
        }

        if (!IsHost(ref host))
        {
            return $"'{text}' is not an endpoint: '{host}' is not a host name, an IPv4 address or an IPv6 address in brackets";
        }

        endpoint = new Endpoint(scheme, host, port);
        return null;
    }

    private static string? ReadPath(string text, string scheme, string path, out Endpoint? endpoint)
    {
        endpoint = null;
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        if (path.Length < 2 || path[0] is not ('/' or '@') || path.Contains('\0', StringComparison.Ordinal) || path.EndsWith('/'))
        {
            return $"'{text}' is not an endpoint: '{path}' is neither an absolute path of a file nor a name behind @";
        }

        if (Encoding.UTF8.GetByteCount(path) is > LongestPath and var bytes)
        {
            return $"'{text}' is not an endpoint: the path has {bytes} bytes, and the kernel takes {LongestPath} at most";
        }

        endpoint = new Endpoint(scheme) { Path = path };
        return null;
    }

    private static string? ReadName(string text, string scheme, string name, out Endpoint? endpoint)
    {
        endpoint = null;
        var parts = name.Split(':');
        if (parts[0].Length is 0 or > LongestName || parts[0].Any(character => character is < ' ' or > '~'))
        {
            return $"'{text}' is not an endpoint: '{parts[0]}' is not the name of a descriptor (1 to {LongestName} characters, ASCII)";
        }

        if (parts.Length > 2 || (parts.Length == 2 && (parts[1].StartsWith('0') || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))))
        {
            return $"'{text}' is not an endpoint: '{name[(parts[0].Length + 1)..]}' does not say which of the descriptors of this name, from 1 on";
        }

        endpoint = new Endpoint(scheme) { Name = name };
        return null;
    }

    private static bool IsHost(ref string host)
    {
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            var inner = host[1..^1];
            if (!IPAddress.TryParse(inner, out var v6) || v6.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return false;
            }

            host = v6.ToString();
            return true;
        }

        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
    }
}
