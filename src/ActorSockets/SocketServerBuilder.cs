using ActorSockets.Handlers;
using Akka.Configuration;

namespace ActorSockets;

/// <summary>Says what a server listens on, what serves its connections and datagrams, and with which options.</summary>
public sealed class SocketServerBuilder
{
    private readonly List<Endpoint> _endpoints = [];

    private SocketServerBuilder(ServerConfiguration configuration)
    {
        (Name, Options) = (configuration.Name, configuration.Options);
        _endpoints.AddRange(configuration.Endpoints);
    }

    /// <summary>The server's name.</summary>
    public string Name { get; }

    internal SocketServerOptions Options { get; }

    internal HandlerSet Handlers { get; } = new();

    internal IReadOnlyList<Endpoint> Endpoints => _endpoints;

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

    /// <summary>Serves with a handler class that has a parameterless constructor.</summary>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/>, <see cref="ConnectionActor"/>, <see cref="DatagramRequestHandler"/> or <see cref="DatagramActor"/>.</typeparam>
    /// <exception cref="ArgumentException">The type is none of these.</exception>
    /// <exception cref="InvalidOperationException">There is a handler for its kind of endpoint already.</exception>
    public SocketServerBuilder Handle<THandler>()
        where THandler : class, new() => Handle(typeof(THandler), static () => new THandler());

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
        Handlers.Set(type, factory);
        return this;
    }

    /// <summary>What an exception in user code does.</summary>
    /// <param name="policy">The restart policy.</param>
    public SocketServerBuilder OnFailure(RestartPolicy policy) => Configure(options => options.Restart = policy);

    /// <summary>Changes options.</summary>
    /// <param name="configure">Changes what differs from the configuration.</param>
    public SocketServerBuilder Configure(Action<SocketServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(Options);
        return this;
    }

    /// <summary>A complete server: what the configuration says of it, and then what the code says.</summary>
    /// <exception cref="ConfigurationException">Something is missing or contradicts itself.</exception>
    internal static SocketServerBuilder Build(Config config, string name, Action<SocketServerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SocketServerBuilder(ServerConfiguration.Read(config, name));
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

        foreach (var endpoint in _endpoints)
        {
            if (endpoint.IsDatagram ? !Handlers.ServesDatagrams : !Handlers.ServesStreams)
            {
                throw new ConfigurationException(
                    $"server '{Name}' has no handler for {(endpoint.IsDatagram ? "datagrams" : "streams")}, which {endpoint} needs");
            }
        }

        Configuration.OptionsValidator.Validate($"server '{Name}': ", Options);
    }
}
