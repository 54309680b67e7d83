using System.ComponentModel.DataAnnotations;
using System.Text;
using ActorSockets.Hosting.Configuration;
using Akka.Configuration;
using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting;

/// <summary>
/// A server in the host's configuration, such as <c>appsettings.json</c>, below <c>ActorSockets:Servers:NAME</c>: the keys
/// of <c>reference.conf</c> in .NET's spelling (<c>input.window</c> is <c>Input:Window</c>), with the same meanings and
/// defaults. What is not set (null) is left as it is; <see cref="SocketServerOptions"/> says what that is. A key that does
/// not exist is an error. A change takes effect when the server is started.
/// </summary>
public sealed class SocketServerSettings
{
    /// <summary>The endpoints, such as <c>tcp://[::]:8000</c>, instead of those of the HOCON; code adds more.</summary>
    [Endpoints]
    public IReadOnlyList<string>? Listen { get; set; }

    /// <summary><see cref="SocketServerOptions.Driver"/>.</summary>
    public string? Driver { get; set; }

    /// <summary><see cref="SocketServerOptions.Dispatcher"/>.</summary>
    public ServerDispatcher? Dispatcher { get; set; }

    /// <summary><see cref="SocketServerOptions.Restart"/>.</summary>
    [ValidateObjectMembers]
    public RestartSettings? Restart { get; set; }

    /// <summary><see cref="SocketServerOptions.MaxConnections"/>.</summary>
    [Range(1, 10_000_000)]
    public int? MaxConnections { get; set; }

    /// <summary><see cref="SocketServerOptions.MaxConnectionsPerAddress"/>; <c>off</c>: as many as there may be.</summary>
    public NumberOrOff? MaxConnectionsPerAddress { get; set; }

    /// <summary><see cref="SocketServerOptions.AcceptRate"/>; <c>off</c>: as they come.</summary>
    public NumberOrOff? AcceptRate { get; set; }

    /// <summary><see cref="SocketServerOptions.Allow"/>.</summary>
    public IReadOnlyList<string>? Allow { get; set; }

    /// <summary><see cref="SocketServerOptions.Deny"/>.</summary>
    public IReadOnlyList<string>? Deny { get; set; }

    /// <summary><see cref="SocketServerOptions.Overflow"/>.</summary>
    public Overflow? Overflow { get; set; }

    /// <summary><see cref="SocketServerOptions.RejectWith"/>, as UTF-8.</summary>
    public string? RejectWith { get; set; }

    /// <summary><see cref="SocketServerOptions.Backlog"/>.</summary>
    [Range(1, 65_535)]
    public int? Backlog { get; set; }

    /// <summary><see cref="SocketServerOptions.Listeners"/>.</summary>
    [Range(1, 256)]
    public int? Listeners { get; set; }

    /// <summary><see cref="SocketServerOptions.ReusePort"/>.</summary>
    public bool? ReusePort { get; set; }

    /// <summary><see cref="SocketServerOptions.IdleTimeout"/>; <c>off</c>: never.</summary>
    public DurationOrOff? IdleTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.FirstByteTimeout"/>; <c>off</c>: never.</summary>
    public DurationOrOff? FirstByteTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.ReadTimeout"/>; <c>off</c>: never.</summary>
    public DurationOrOff? ReadTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.FrameTimeout"/>; <c>off</c>: never.</summary>
    public DurationOrOff? FrameTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.MinRate"/>; <c>off</c>: as slow as it likes.</summary>
    public ByteSizeOrOff? MinRate { get; set; }

    /// <summary><see cref="SocketServerOptions.MaxFrame"/>.</summary>
    public ByteSize? MaxFrame { get; set; }

    /// <summary><see cref="SocketServerOptions.HandlerTimeout"/>; <c>off</c>: never.</summary>
    public DurationOrOff? HandlerTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.HalfOpenTimeout"/>; <c>off</c>: never.</summary>
    public DurationOrOff? HalfOpenTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.DrainTimeout"/>.</summary>
    public Duration? DrainTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.DrainSpread"/>.</summary>
    public Duration? DrainSpread { get; set; }

    /// <summary><see cref="SocketServerOptions.LingerTimeout"/>.</summary>
    public Duration? LingerTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.WriteLimit"/>.</summary>
    public ByteSize? WriteLimit { get; set; }

    /// <summary><see cref="SocketServerOptions.WriteStallTimeout"/>.</summary>
    public Duration? WriteStallTimeout { get; set; }

    /// <summary>Proxies in front.</summary>
    public ProxyProtocolSettings? ProxyProtocol { get; set; }

    /// <summary>TCP.</summary>
    public TcpSettings? Tcp { get; set; }

    /// <summary>TLS.</summary>
    public TlsSettings? Tls { get; set; }

    /// <summary>Unix sockets.</summary>
    public UnixSettings? Unix { get; set; }

    /// <summary>What is read ahead.</summary>
    public InputSettings? Input { get; set; }

    /// <summary>What waits to be sent.</summary>
    public OutputSettings? Output { get; set; }

    /// <summary>Datagrams and their peers.</summary>
    [ValidateObjectMembers]
    public DatagramSettings? Datagram { get; set; }

    /// <summary>How a lost endpoint is bound again.</summary>
    public RebindSettings? Rebind { get; set; }

    /// <summary>Changes what is set, and replaces the endpoints if there are any here.</summary>
    /// <param name="server">The server's builder.</param>
    /// <exception cref="FormatException">An endpoint is none.</exception>
    /// <exception cref="ConfigurationException"><c>Restart</c> has a budget for a policy that has none.</exception>
    public void ApplyTo(SocketServerBuilder server)
    {
        ArgumentNullException.ThrowIfNull(server);
        server.Configure(ApplyTo);
        if (Listen is not null)
        {
            server.Endpoints.Clear();
            foreach (var endpoint in Listen)
            {
                server.Listen(endpoint);
            }
        }
    }

    /// <summary>Changes what is set.</summary>
    /// <param name="options">The options of a server.</param>
    /// <exception cref="ConfigurationException"><c>Restart</c> has a budget for a policy that has none.</exception>
    public void ApplyTo(SocketServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Driver = Driver ?? options.Driver;
        options.Dispatcher = Dispatcher ?? options.Dispatcher;
        options.MaxConnections = MaxConnections ?? options.MaxConnections;
        options.MaxConnectionsPerAddress = MaxConnectionsPerAddress is { } perAddress ? perAddress.Value : options.MaxConnectionsPerAddress;
        options.AcceptRate = AcceptRate is { } acceptRate ? acceptRate.Value : options.AcceptRate;
        options.Allow = Allow ?? options.Allow;
        options.Deny = Deny ?? options.Deny;
        options.Overflow = Overflow ?? options.Overflow;
        options.RejectWith = RejectWith is { } farewell ? Encoding.UTF8.GetBytes(farewell) : options.RejectWith;
        options.Backlog = Backlog ?? options.Backlog;
        options.Listeners = Listeners ?? options.Listeners;
        options.ReusePort = ReusePort ?? options.ReusePort;
        options.IdleTimeout = IdleTimeout is { } idle ? idle.Value : options.IdleTimeout;
        options.FirstByteTimeout = FirstByteTimeout is { } firstByte ? firstByte.Value : options.FirstByteTimeout;
        options.ReadTimeout = ReadTimeout is { } read ? read.Value : options.ReadTimeout;
        options.FrameTimeout = FrameTimeout is { } frame ? frame.Value : options.FrameTimeout;
        options.MinRate = MinRate is { } minRate ? minRate.Value : options.MinRate;
        options.MaxFrame = MaxFrame?.Value ?? options.MaxFrame;
        options.HandlerTimeout = HandlerTimeout is { } handler ? handler.Value : options.HandlerTimeout;
        options.HalfOpenTimeout = HalfOpenTimeout is { } halfOpen ? halfOpen.Value : options.HalfOpenTimeout;
        options.DrainTimeout = DrainTimeout?.Value ?? options.DrainTimeout;
        options.DrainSpread = DrainSpread?.Value ?? options.DrainSpread;
        options.LingerTimeout = LingerTimeout?.Value ?? options.LingerTimeout;
        options.WriteLimit = WriteLimit?.Value ?? options.WriteLimit;
        options.WriteStallTimeout = WriteStallTimeout?.Value ?? options.WriteStallTimeout;
        Restart?.ApplyTo(options);
        ProxyProtocol?.ApplyTo(options);
        Tcp?.ApplyTo(options);
        Tls?.ApplyTo(options);
        Unix?.ApplyTo(options);
        Input?.ApplyTo(options);
        Output?.ApplyTo(options);
        Datagram?.ApplyTo(options);
        Rebind?.ApplyTo(options);
    }
}
