using System.Net.Security;
using System.Net.Sockets;
using ActorSockets.Configuration;
using ActorSockets.Drivers;
using ActorSockets.Drivers.Native;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Configuration;

namespace ActorSockets;

/// <summary>Says what a server listens on, what serves its connections and datagrams, and with which options.</summary>
public sealed class SocketServerBuilder
{
    private readonly MemoryBudget _budget;
    private List<Endpoint> _endpoints = [];

    private SocketServerBuilder(ServerConfiguration configuration, MemoryBudget budget)
    {
        (Name, Options, _budget) = (configuration.Name, configuration.Options, budget);
        _endpoints.AddRange(configuration.Endpoints);
    }

    /// <summary>The server's name.</summary>
    public string Name { get; }

    /// <summary>The endpoints so far: those of the configuration, then those of <see cref="Listen(string)"/>. Clear it to listen elsewhere.</summary>
    public IList<Endpoint> Endpoints => _endpoints;

    internal SocketServerOptions Options { get; private set; }

    internal HandlerSet Handlers { get; } = new();

    /// <summary>Adds an endpoint.</summary>
    /// <param name="endpoint">Such as <c>tcp://[::]:8000</c>; see <see cref="Endpoint"/>.</param>
    /// <exception cref="FormatException">It is not an endpoint.</exception>
    public SocketServerBuilder Listen(string endpoint) => Listen(Endpoint.Parse(endpoint));

    /// <summary>Adds an endpoint.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public SocketServerBuilder Listen(Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        _endpoints.Add(endpoint);
        return this;
    }

    /// <summary>Serves each connection with a delegate. Returning closes gracefully; an exception consults the restart policy.</summary>
    /// <param name="handle">The delegate; its code runs on the connection's actor.</param>
    /// <exception cref="InvalidOperationException">Streams have a handler already.</exception>
    public SocketServerBuilder Handle(Func<Connection, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handlers.Set(handle);
        return this;
    }

    /// <summary>Serves each datagram with a delegate, those of one peer in order.</summary>
    /// <param name="handle">The delegate; its code runs on the peer's actor.</param>
    /// <exception cref="InvalidOperationException">Datagrams have a handler already.</exception>
    public SocketServerBuilder HandleDatagram(Func<Datagram, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handlers.Set(handle);
        return this;
    }

    /// <summary>Serves with a handler class. It is made as <see cref="ActivateWith"/> said.</summary>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/>, <see cref="ConnectionActor"/>, <see cref="DatagramRequestHandler"/> or <see cref="DatagramActor"/>.</typeparam>
    /// <exception cref="ArgumentException">The type is none of these, or it cannot be made.</exception>
    /// <exception cref="InvalidOperationException">There is a handler for its kind of endpoint already.</exception>
    public SocketServerBuilder Handle<THandler>()
        where THandler : class => Handle(typeof(THandler));

    /// <summary>Serves with a handler class whose type is known at run time only. It is made as <see cref="ActivateWith"/> said.</summary>
    /// <param name="type">Derives from <see cref="StreamRequestHandler"/>, <see cref="ConnectionActor"/>, <see cref="DatagramRequestHandler"/> or <see cref="DatagramActor"/>.</param>
    /// <exception cref="ArgumentException">The type is none of these, or it cannot be made.</exception>
    /// <exception cref="InvalidOperationException">There is a handler for its kind of endpoint already.</exception>
    public SocketServerBuilder Handle(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        Handlers.Set(type, Handlers.Activator(type));
        return this;
    }

    /// <summary>Serves with a handler class that you make.</summary>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/>, <see cref="ConnectionActor"/>, <see cref="DatagramRequestHandler"/> or <see cref="DatagramActor"/>.</typeparam>
    /// <param name="factory">Makes a fresh one for each connection, request or peer, and after each restart.</param>
    /// <exception cref="ArgumentException">The type is none of these.</exception>
    /// <exception cref="InvalidOperationException">There is a handler for its kind of endpoint already.</exception>
    public SocketServerBuilder Handle<THandler>(Func<THandler> factory)
        where THandler : class => Handle(typeof(THandler), factory);

    /// <summary>Serves with a handler class whose type is known at run time only.</summary>
    /// <param name="type">Derives from <see cref="StreamRequestHandler"/>, <see cref="ConnectionActor"/>, <see cref="DatagramRequestHandler"/> or <see cref="DatagramActor"/>.</param>
    /// <param name="factory">Makes a fresh one for each connection, request or peer, and after each restart.</param>
    /// <exception cref="ArgumentException">The type is none of these.</exception>
    /// <exception cref="InvalidOperationException">There is a handler for its kind of endpoint already.</exception>
    public SocketServerBuilder Handle(Type type, Func<object> factory)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(factory);
        Handlers.Set(type, () => new HandlerInstance(factory()));
        return this;
    }

    /// <summary>
    /// Says how handler classes are made of which only the type is given, from here on. Default: by their public
    /// constructor without parameters. A dependency injection container takes its place here.
    /// </summary>
    /// <param name="activator">
    /// Called for each such class while the server is configured, and when a connection goes on with it first
    /// (<see cref="Connection.SwitchHandlerAsync{THandler}(CancellationToken)"/>); throws where it cannot be made. What it returns
    /// makes a fresh handler for each connection, request or peer, and after each restart. Safe for concurrent use.
    /// </param>
    public SocketServerBuilder ActivateWith(Func<Type, Func<HandlerInstance>> activator)
    {
        ArgumentNullException.ThrowIfNull(activator);
        Handlers.Activator = activator;
        return this;
    }

    /// <summary>What an exception in user code does.</summary>
    /// <param name="policy">The restart policy.</param>
    public SocketServerBuilder OnFailure(RestartPolicy policy) => Configure(options => options.Restart = policy);

    /// <summary>
    /// Decides whether a connection is served (<c>verify_request</c>), before its handler is set up and before anything
    /// was read. False closes it politely, with <see cref="CloseReason.Rejected"/>; so does an exception, which
    /// is logged. Called several times, all must agree. It runs on the connection's actor: it may take its time, and harms
    /// nobody else.
    /// </summary>
    /// <param name="verify">True: serve it.</param>
    public SocketServerBuilder Verify(Func<Connection, ValueTask<bool>> verify)
    {
        ArgumentNullException.ThrowIfNull(verify);
        Handlers.Hooks.Add(verify);
        return this;
    }

    /// <summary>Decides whether a datagram is handled (<c>verify_request</c>). False drops it, counted as <see cref="DropReason.Rejected"/>; so does an exception. Called several times, all must agree.</summary>
    /// <param name="verify">True: handle it.</param>
    public SocketServerBuilder VerifyDatagram(Func<Datagram, ValueTask<bool>> verify)
    {
        ArgumentNullException.ThrowIfNull(verify);
        Handlers.Hooks.Add(verify);
        return this;
    }

    /// <summary>
    /// Says what is done about an exception of a handler (<c>handle_error</c>), on the connection's actor and after the
    /// handler's <c>FinishAsync</c> (before it where the policy is to resume, because then Finish waits until the end). Request handler classes and actors may override <c>OnErrorAsync</c> instead.
    /// If the hook fails itself, the connection closes and both exceptions are logged. What Akka.NET calls at a start or restart of an actor
    /// (<c>PreStart</c>, <c>PostRestart</c>, …) fails without it, by the restart policy alone.
    /// </summary>
    /// <param name="onError">The answer; <see cref="ErrorDirective.ApplyPolicy"/> is what happens without a hook.</param>
    public SocketServerBuilder OnError(Func<ErrorContext, ValueTask<ErrorDirective>> onError)
    {
        ArgumentNullException.ThrowIfNull(onError);
        Handlers.Hooks.Set(onError);
        return this;
    }

    /// <summary>One connection at a time, the others wait (a plain <c>socketserver.TCPServer</c>): <c>max-connections = 1</c>, <c>overflow = wait</c>.</summary>
    public SocketServerBuilder Sequential() => Concurrent(1);

    /// <summary>
    /// At most so many connections at a time, the others wait (<c>ForkingMixIn.max_children</c>): <c>max-connections</c>,
    /// <c>overflow = wait</c>. Without this, connections are served concurrently (<c>ThreadingMixIn</c>) up to <c>max-connections</c>, and one more is refused.
    /// A process per request, and hooks on how a request is processed (<c>process_request</c>, <c>finish_request</c>), are deliberately not carried
    /// over: .NET cannot fork, an actor isolates by supervision, and who overrode the hooks wanted a limit such as this one.
    /// </summary>
    /// <param name="max">The most connections at a time.</param>
    public SocketServerBuilder Concurrent(int max) => Configure(options => (options.MaxConnections, options.Overflow) = (max, Overflow.Wait));

    /// <summary>
    /// As many connections at a time as the default of <c>max-connections</c> allows, one more is refused (<c>ThreadingMixIn</c>,
    /// whose threads have no limit). That is how a server begins; it undoes <see cref="Sequential"/> and what the configuration says.
    /// </summary>
    public SocketServerBuilder Concurrent() => Configure(options =>
    {
        var defaults = new SocketServerOptions();
        (options.MaxConnections, options.Overflow) = (defaults.MaxConnections, defaults.Overflow);
    });

    /// <summary>What a connection that is refused because the server is full is sent before it is closed: <c>reject-with</c>.</summary>
    /// <param name="farewell">At most 4,096 bytes.</param>
    public SocketServerBuilder RejectWith(ReadOnlyMemory<byte> farewell) => Configure(options => options.RejectWith = farewell);

    /// <summary>
    /// Sets socket options of the listening sockets, and of datagram sockets, before they are bound (<c>server_bind</c>); inherited
    /// descriptors are bound already. An exception fails the bind. The socket stays the server's: do not keep it.
    /// </summary>
    /// <param name="configure">Called for each socket, again when an endpoint is bound again.</param>
    public SocketServerBuilder ConfigureListenSocket(Action<Socket> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Handlers.Hooks.AddListenSocketHook(configure);
        return this;
    }

    /// <summary>
    /// Sets socket options of each accepted connection, before anything is read from it or sent (<c>StreamRequestHandler.setup</c> with
    /// <c>disable_nagle_algorithm</c>). It runs while connections are accepted: it must be brief. An exception refuses
    /// this connection, counted as <see cref="RefusalReason.ConfigureFailed"/>, and nothing else.
    /// The socket stays the server's: do not read, write, close or keep it.
    /// </summary>
    /// <param name="configure">Called for each connection.</param>
    public SocketServerBuilder ConfigureSocket(Action<Socket> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Handlers.Hooks.AddSocketHook(configure);
        return this;
    }

    /// <summary>
    /// Sets what <c>tls:</c> endpoints, and <see cref="Connection.StartTlsAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, do in a handshake, over what <c>tls</c> of the configuration says: a certificate from elsewhere, one by the name that the
    /// client asks for (<see cref="SslServerAuthenticationOptions.ServerCertificateSelectionCallback"/>), protocols to agree on by ALPN. At first: TLS 1.2 and 1.3,
    /// no renegotiation.
    /// </summary>
    /// <param name="configure">
    /// Called with new options for each certificate of the configuration, or once where there is none, when the first stream endpoint of the native driver is bound, and again whenever a
    /// file has changed (<c>tls.reload-interval</c>) and at <see cref="SocketServer.ReloadCertificatesAsync"/>. What it throws then leaves in force what was there before.
    /// </param>
    public SocketServerBuilder UseTls(Action<SslServerAuthenticationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Handlers.Hooks.AddTlsHook(configure);
        return this;
    }

    /// <summary>
    /// Does something at regular times while the server serves (<c>service_actions</c>), on an actor of its own. The next time is
    /// not before the last one is done. An exception is logged, and does nothing else.
    /// </summary>
    /// <param name="interval">The time between two; the first comes after it.</param>
    /// <param name="action">What is done; the token is cancelled when the server begins to drain.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not positive.</exception>
    public SocketServerBuilder OnTick(TimeSpan interval, Func<CancellationToken, Task> action)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        ArgumentNullException.ThrowIfNull(action);
        Handlers.Hooks.Add(new TickHook(interval, action));
        return this;
    }

    /// <summary>Changes options.</summary>
    /// <param name="configure">Changes what differs from the configuration.</param>
    public SocketServerBuilder Configure(Action<SocketServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(Options);
        return this;
    }

    /// <summary>The same server with other options.</summary>
    /// <exception cref="ConfigurationException">They contradict themselves.</exception>
    internal SocketServerBuilder With(SocketServerOptions options)
    {
        var other = (SocketServerBuilder)MemberwiseClone();
        other.Options = options.Clone();
        other.Validate();
        return other;
    }

    /// <summary>A complete server: what the configuration says of it, and then what the code says.</summary>
    /// <exception cref="ConfigurationException">Something is missing or contradicts itself.</exception>
    internal static SocketServerBuilder Build(Config config, string name, Action<SocketServerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SocketServerBuilder(ServerConfiguration.Read(config, name), MemoryBudget.Read(config));
        configure(builder);
        builder.Validate();
        return builder;
    }

    private void Validate()
    {
        if (_endpoints.Count == 0)
        {
            throw new ConfigurationException($"server '{Name}' has no endpoint to listen on");
        }

        _endpoints = [.. _endpoints.SelectMany(InheritedDescriptors.Expand)];
        foreach (var endpoint in _endpoints)
        {
            if ((endpoint.IsDatagram && Handlers.Datagrams is null) || (endpoint.IsStream && Handlers.Streams is null))
            {
                throw new ConfigurationException(
                    $"server '{Name}' has no handler for {(endpoint.IsDatagram ? "datagrams" : "streams")}, which {endpoint} needs");
            }
        }

        OptionsValidator.Validate($"server '{Name}': ", Options);
        BudgetValidator.Validate($"server '{Name}': ", Options, _endpoints, _budget);
        if (_endpoints.Find(endpoint => endpoint.IsTls) is { } secured && !ServerTls.IsConfigured(Options, Handlers.Hooks))
        {
            throw new ConfigurationException($"server '{Name}': {secured} needs a certificate: set tls.certificate, or UseTls in code");
        }

        if (Options.MulticastGroups.Count > 0 && _endpoints.Find(endpoint => endpoint.Scheme == "unixgram") is { } groupless)
        {
            throw new ConfigurationException($"server '{Name}': datagram.multicast.groups: {groupless} can join no group; udp: endpoints can");
        }

        if (Options.UnixAllowUids.Count > 0 && _endpoints.Find(endpoint => endpoint.Scheme == "unixgram") is { } anonymous)
        {
            throw new ConfigurationException($"server '{Name}': unix.allow-uids: who sends to {anonymous} is not known; unix: endpoints know it, and unix.mode says who may send");
        }

        if ((Options.UnixMode & UnixFileMode.OtherWrite) != 0 && Options is { UnixAllowUids.Count: 0, UnixAllowEverybody: false }
            && _endpoints.Find(endpoint => endpoint.Path.StartsWith('/')) is { } wide)
        {
            throw new ConfigurationException(
                $"server '{Name}': unix.mode = 0{Convert.ToString((int)Options.UnixMode, 8)} lets every user of the machine write to {wide}: name those who may in unix.allow-uids, or say unix.allow-everybody = on");
        }

        if (Options.ExpectsProxyHeaders && Options.ProxyProtocolTrusted.Count == 0 && _endpoints.Find(endpoint => endpoint is { IsStream: true, Path: "" }) is { } open)
        {
            throw new ConfigurationException($"server '{Name}': proxy-protocol.enabled = on needs proxy-protocol.trusted: the networks of the proxies, for everybody can connect to {open} and say any address");
        }

        if (LimitsAddresses() is { } key && _endpoints.TrueForAll(endpoint => endpoint.Path.Length > 0))
        {
            throw new ConfigurationException($"server '{Name}': {key}: {_endpoints[0]} and its like have no addresses; tcp:, tls: and udp: endpoints have");
        }

        _endpoints.ForEach(RequireDriver);
        Options.Dispatcher = Options.FindDispatcher(_endpoints);
    }

    private string? LimitsAddresses() => Options.Allow.Count > 0 ? "allow"
        : Options.Deny.Count > 0 ? "deny"
        : Options.MaxConnectionsPerAddress is not null ? "max-connections-per-address"
        : null;

    private Driver FindDriver(Endpoint endpoint)
    {
        try
        {
            return DriverCatalog.Find(Options.Driver, endpoint);
        }
        catch (ConfigurationException exception)
        {
            throw new ConfigurationException($"server '{Name}': {exception.Message}", exception);
        }
    }

    private void RequireDriver(Endpoint endpoint)
    {
        var driver = FindDriver(endpoint);
        if (Options.ExpectsProxyHeaders && endpoint.IsStream && !driver.AcceptsItself)
        {
            throw new ConfigurationException($"server '{Name}': proxy-protocol.{(Options.ProxyProtocol is null ? "trusted" : "enabled = on")} is possible with driver = native; {endpoint} is served by driver = {driver.Name}");
        }

        if (Options is { AcceptRate: not null, Overflow: Overflow.Wait } && endpoint.IsStream && !driver.AcceptsItself)
        {
            throw new ConfigurationException($"server '{Name}': accept-rate with overflow = wait is possible with driver = native; {endpoint} is served by driver = {driver.Name}");
        }

        if (Options.Listeners > 1 && !(driver.SharesPort(endpoint) && endpoint.IsStream))
        {
            throw new ConfigurationException(
                $"server '{Name}': listeners = {Options.Listeners} is possible on tcp: and tls: endpoints of driver = native on Linux; {endpoint} is served by driver = {driver.Name}");
        }

        if (Options.ReusePort && !driver.SharesPort(endpoint))
        {
            throw new ConfigurationException(
                $"server '{Name}': reuse-port = on is possible on tcp:, tls: and udp: endpoints of driver = native on Linux; {endpoint} is served by driver = {driver.Name}");
        }
    }
}
