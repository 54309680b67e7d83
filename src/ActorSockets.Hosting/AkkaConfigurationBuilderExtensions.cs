using ActorSockets.Hosting.Health;
using ActorSockets.Hosting.Servers;
using Akka.Actor;
using Akka.DependencyInjection;
using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ActorSockets.Hosting;

/// <summary>
/// Socket servers of an actor system that Akka.Hosting runs. They start with the host, after its actors: all endpoints of
/// all servers, or the start of the host fails and says which endpoint could not be bound. They stop with
/// CoordinatedShutdown: stop accepting, drain, cut what is left. Akka.Hosting does not pass on that the start of a host is cancelled or takes
/// longer than its <c>HostOptions.StartupTimeout</c>; a host that stops meanwhile gives the start up.
/// <para>
/// Options come, each over the one before, from <c>reference.conf</c>, from the HOCON section
/// <c>actor-sockets.servers.NAME</c>, from the host's configuration below <c>ActorSockets:Servers:NAME</c>
/// (<see cref="SocketServerSettings"/>), and from code.
/// </para>
/// <para>
/// Handler classes are made by the container and need not be registered; one that is registered is made as it was. Each connection has a scope of it, and each datagram of a
/// <see cref="DatagramRequestHandler"/>; a fresh handler after a restart, and one that a connection goes on with, has a fresh one. The scope, and the
/// handler where it is disposable, is disposed of when the handler has ended.
/// </para>
/// <para>
/// The phase <c>service-requests-done</c> gets a timeout of a minute, or of the longest <c>drain-timeout</c> that is
/// configured and 5 seconds, unless <c>akka.coordinated-shutdown.phases.service-requests-done.timeout</c> is set; a server
/// whose drain does not fit does not start. The host's <c>HostOptions.ShutdownTimeout</c> is raised to the longest
/// <c>drain-timeout</c> and 15 seconds where it is less.
/// </para>
/// </summary>
public static class AkkaConfigurationBuilderExtensions
{
    /// <summary>Adds a socket server.</summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the actors of the system have started. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name already.</exception>
    public static AkkaConfigurationBuilder WithSocketServer(
        this AkkaConfigurationBuilder builder, string name, Action<SocketServerBuilder> configure) =>
        Add(builder, name, null, configure);

    /// <summary>Adds a socket server that is configured with the help of the actor system.</summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the actors of the system have started. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name already.</exception>
    public static AkkaConfigurationBuilder WithSocketServer(
        this AkkaConfigurationBuilder builder, string name, Action<SocketServerBuilder, ActorSystem, IActorRegistry> configure) =>
        Add(builder, name, null, configure);

    /// <summary>Adds a socket server that is configured with the help of the actor system and the container.</summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the actors of the system have started. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name already.</exception>
    public static AkkaConfigurationBuilder WithSocketServer(
        this AkkaConfigurationBuilder builder, string name, Action<SocketServerBuilder, ActorSystem, IActorRegistry, IDependencyResolver> configure) =>
        Add(builder, name, null, configure);

    /// <summary>
    /// Adds a socket server whose actor is registered, for <see cref="IRequiredActor{TActor}"/>; its end is the server's end. A server that you stop
    /// and start again has another actor then (<see cref="SocketServer.Actor"/>), which is not registered.
    /// </summary>
    /// <typeparam name="TServer">The key in the registry: any type, one per server.</typeparam>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the actors of the system have started. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name or with this key already.</exception>
    public static AkkaConfigurationBuilder WithSocketServer<TServer>(
        this AkkaConfigurationBuilder builder, string name, Action<SocketServerBuilder> configure) =>
        Add(builder, name, typeof(TServer), configure);

    /// <summary>Adds a socket server that is configured with the help of the actor system, and whose actor is registered, for <see cref="IRequiredActor{TActor}"/>.</summary>
    /// <typeparam name="TServer">The key in the registry: any type, one per server.</typeparam>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the actors of the system have started. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name or with this key already.</exception>
    public static AkkaConfigurationBuilder WithSocketServer<TServer>(
        this AkkaConfigurationBuilder builder, string name, Action<SocketServerBuilder, ActorSystem, IActorRegistry> configure) =>
        Add(builder, name, typeof(TServer), configure);

    /// <summary>Adds a socket server that is configured with the help of the actor system and the container, and whose actor is registered, for <see cref="IRequiredActor{TActor}"/>.</summary>
    /// <typeparam name="TServer">The key in the registry: any type, one per server.</typeparam>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="configure">Says what it listens on and what serves; called when the actors of the system have started. Handler classes are made by the container.</param>
    /// <exception cref="ArgumentException">There is a server of this name or with this key already.</exception>
    public static AkkaConfigurationBuilder WithSocketServer<TServer>(
        this AkkaConfigurationBuilder builder, string name, Action<SocketServerBuilder, ActorSystem, IActorRegistry, IDependencyResolver> configure) =>
        Add(builder, name, typeof(TServer), configure);

    /// <summary>
    /// Adds a health check of one server, named <c>actor-sockets.NAME</c>: unhealthy while an endpoint is down, and before
    /// the server serves and from the moment on that it stops; degraded while it is suspended or full. Health checks run
    /// where the host has them: <c>services.AddHealthChecks()</c>.
    /// </summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">The server's name.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy; default unhealthy.</param>
    /// <param name="tags">Default <c>akka</c> and <c>ready</c>; <c>akka</c> is always there.</param>
    /// <param name="timeout">The check's timeout; default none, it waits for nothing.</param>
    public static AkkaConfigurationBuilder WithSocketServerHealthCheck(
        this AkkaConfigurationBuilder builder, string name, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.WithHealthCheck(new AkkaHealthCheckRegistration(
            $"actor-sockets.{name}", new SocketServerHealthCheck(name), failureStatus, tags ?? ["akka", "ready"], timeout));
    }

    private static AkkaConfigurationBuilder Add(
        AkkaConfigurationBuilder builder, string name, Type? key, Action<SocketServerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(builder, name, key, (server, _, _, _) => configure(server));
    }

    private static AkkaConfigurationBuilder Add(
        AkkaConfigurationBuilder builder, string name, Type? key, Action<SocketServerBuilder, ActorSystem, IActorRegistry> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(builder, name, key, (server, system, registry, _) => configure(server, system, registry));
    }

    private static AkkaConfigurationBuilder Add(
        AkkaConfigurationBuilder builder, string name, Type? key, Action<SocketServerBuilder, ActorSystem, IActorRegistry, IDependencyResolver> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        HostedServers.Of(builder).Add(new HostedServer(name, key, configure));
        return builder;
    }
}
