using System.Net.Sockets;
using ActorSockets.Drivers.Native;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets;

/// <summary>
/// A server (<c>socketserver.BaseServer</c>, <c>asyncio.Server</c>). Get one that runs from
/// <see cref="SocketServers.StartAsync(string, Action{SocketServerBuilder}, CancellationToken)"/> in an actor system, or
/// from <see cref="StartAsync(string, Func{Connection, Task})"/> without one; get one that you start yourself, and again
/// after a stop, from <see cref="SocketServers.Create"/> or <see cref="Create"/>. Disposing it is <see cref="StopAsync"/>.
/// </summary>
public sealed partial class SocketServer : IAsyncDisposable
{
    private static readonly Config OwnSystem = ConfigurationFactory.ParseString("akka.loglevel = WARNING");

    private readonly Lock _gate = new();
    private readonly Func<SocketServerBuilder, ServerIncarnation> _incarnate;
    private volatile SocketServerBuilder _builder;
    private ServerIncarnation? _current;
    private int _running;

    internal SocketServer(SocketServerBuilder builder, Func<SocketServerBuilder, ServerIncarnation> incarnate) => (_builder, _incarnate) = (builder, incarnate);

    /// <summary>The name.</summary>
    public string Name => _builder.Name;

    /// <summary>What it is doing.</summary>
    public ServerState State => _current?.State ?? ServerState.New;

    /// <summary>
    /// Where it listens, in the order of the configuration; once bound with ports resolved (<c>server_address</c>). The listening sockets
    /// themselves (<c>socket</c>, <c>fileno</c>) are deliberately not here: they belong to the driver, which binds anew what is lost.
    /// <see cref="SocketServerBuilder.ConfigureListenSocket"/> sets their options.
    /// </summary>
    public IReadOnlyList<Endpoint> Endpoints => _current?.Endpoints ?? [.. _builder.Endpoints];

    /// <summary>Endpoints that are lost at this moment and will be bound again.</summary>
    public IReadOnlyCollection<Endpoint> LostEndpoints => _current?.Context.LostEndpoints ?? [];

    /// <summary>
    /// Why no handler could be made, ten times one after the other, so that the server accepts nobody at this moment; null: they can be made. It tries again after <c>rebind.min-backoff</c>,
    /// then after twice that, up to <c>rebind.max-backoff</c>.
    /// </summary>
    public Exception? HandlerFailure => _current?.Context.ConstructionFailure;

    /// <summary>
    /// Endpoints that take nobody more at this moment: those for streams while <see cref="MaxConnections"/> live, and one for datagrams while it
    /// has <c>datagram.max-peers</c> peers.
    /// </summary>
    public IReadOnlyCollection<Endpoint> FullEndpoints => _current?.FullEndpoints ?? [];

    /// <summary>The connections that live at this moment (<c>ForkingMixIn.active_children</c>).</summary>
    public IReadOnlyCollection<Connection> Connections => _current?.Context.Connections ?? [];

    /// <summary>The last 1,000 connections that have ended since the start, the latest last.</summary>
    public IReadOnlyList<ClosedConnection> RecentlyClosed => _current?.Context.Closed.Read() ?? [];

    /// <summary>The most connections at a time: <c>max-connections</c>, or fewer where the process may not have so many descriptors.</summary>
    public int MaxConnections => _current?.Context.Admission.Most ?? _builder.Options.MaxConnections;

    /// <summary>The server's actor, for watching: its end is the server's end. Nobody before the server is bound.</summary>
    public IActorRef Actor => _current?.Actor ?? ActorRefs.Nobody;

    /// <summary>The books at this moment; they begin anew with each start.</summary>
    public ServerStatistics Statistics => (_current?.Context.Counters ?? new()).Read();

    /// <summary>
    /// Completes when the server has stopped and nothing of it is left, whoever stopped it (<c>asyncio.Server.wait_closed</c>);
    /// faults with the handler's exception when a failure was escalated. Completed while it is <see cref="ServerState.New"/>.
    /// </summary>
    public Task<StopReport> Completion => _current?.Completion ?? Task.FromResult(default(StopReport));

    internal TimeSpan DrainTimeout => _builder.Options.DrainTimeout;

    /// <summary>Starts a server with an actor system of its own, which ends with it.</summary>
    /// <param name="endpoint">Such as <c>tcp://127.0.0.1:0</c>.</param>
    /// <param name="handle">Serves one connection; returning closes it.</param>
    /// <exception cref="EndpointBindException">The endpoint could not be bound.</exception>
    public static Task<SocketServer> StartAsync(string endpoint, Func<Connection, Task> handle) =>
        StartAsync(server => server.Listen(endpoint).Handle(handle));

    /// <summary>Starts a server with an actor system of its own, which ends with it.</summary>
    /// <param name="configure">Says what it listens on and what serves.</param>
    /// <param name="name">Its name, which connection ids begin with.</param>
    /// <exception cref="EndpointBindException">An endpoint could not be bound.</exception>
    /// <exception cref="Akka.Configuration.ConfigurationException">An option is wrong; the message names it.</exception>
    public static async Task<SocketServer> StartAsync(Action<SocketServerBuilder> configure, string name = "server")
    {
        var server = Create(configure, name);
        await server.StartAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Makes a server that is not started yet; each start brings an actor system of its own up, and the stop ends it.</summary>
    /// <param name="configure">Says what it listens on and what serves.</param>
    /// <param name="name">Its name, which connection ids begin with.</param>
    /// <exception cref="Akka.Configuration.ConfigurationException">An option is wrong; the message names it.</exception>
    public static SocketServer Create(Action<SocketServerBuilder> configure, string name = "server")
    {
        var builder = SocketServerBuilder.Build(SocketServers.DefaultConfig, name, configure);
        return new SocketServer(builder, current => new ServerIncarnation(current, ActorSystem.Create("actor-sockets", OwnSystem.WithFallback(EventLoop.Config)), ownsSystem: true));
    }

    /// <summary>
    /// Binds all endpoints, or none, and serves nobody yet: clients wait, at most <c>backlog</c> of them (the constructor of
    /// a <c>socketserver</c>: <c>server_bind</c> and <c>server_activate</c>). Go on with <see cref="ServeOneAsync"/> or <see cref="StartAsync(CancellationToken)"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up; what had been bound is closed again.</param>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="InvalidOperationException">It is bound or stopping, a server of its name is running, or the actor system has ended.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up, or the server was stopped meanwhile.</exception>
    public Task BindAsync(CancellationToken cancellationToken = default) => BindAsync([this], cancellationToken);

    /// <summary>Binds, where that was not done, and serves. When it completes the server serves (<c>asyncio.Server.start_serving</c>). After a stop it starts anew.</summary>
    /// <param name="cancellationToken">Gives the start up; what had been bound is closed again.</param>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="InvalidOperationException">It is serving, starting or stopping, a server of its name is running, or the actor system has ended.</exception>
    /// <exception cref="OperationCanceledException">The start was given up, or the server was stopped meanwhile.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await BindUnlessBoundAsync(cancellationToken).ConfigureAwait(false);
        Serve();
    }

    /// <summary>
    /// Serves until the token is cancelled or somebody stops the server, and drains (<c>serve_forever</c>). Starts the server
    /// where that was not done. <c>poll_interval</c> is deliberately not carried over: nothing is polled, so a stop does not have to wait for
    /// the next look (half a second in <c>socketserver</c>).
    /// </summary>
    /// <param name="cancellationToken">Stops the server; the drain then ends in time by <c>drain-timeout</c>.</param>
    /// <returns>How many connections finished and how many were cut.</returns>
    /// <exception cref="EndpointBindException">An endpoint could not be bound.</exception>
    /// <exception cref="InvalidOperationException">Somebody else runs it, or it is stopping.</exception>
    /// <exception cref="Exception">The handler's, where an escalated failure has ended the server.</exception>
    public async Task<StopReport> RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new InvalidOperationException($"server '{Name}' is being run already");
        }

        try
        {
            if (State is not (ServerState.Serving or ServerState.Suspended))
            {
                await StartAsync(cancellationToken).ConfigureAwait(false);
            }

            using var stop = cancellationToken.UnsafeRegister(_ => Stop(DrainTimeout, null), null);
            return await Completion.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Cancelled, or stopped, before it served.
            return default;
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>
    /// Serves one connection or one datagram (<c>handle_request</c>): one that waits, or the next one. Several
    /// calls at a time serve several. A new server is bound first; its endpoints stay bound.
    /// </summary>
    /// <param name="timeout">How long it waits for a client; null: without limit (<c>socketserver.BaseServer.timeout</c>, but for <c>ForkingMixIn</c>'s of 300 seconds).</param>
    /// <param name="cancellationToken">Gives up waiting for a client.</param>
    /// <returns>What came of it, once the handler has finished.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <exception cref="EndpointBindException">An endpoint could not be bound.</exception>
    /// <exception cref="InvalidOperationException">The server serves everybody already, or is stopping or stopped.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up, or the server was stopped meanwhile.</exception>
    public async Task<ServeOutcome> ServeOneAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout ?? TimeSpan.Zero, TimeSpan.Zero, nameof(timeout));
        if (State == ServerState.New)
        {
            await BindAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_current is not { State: ServerState.Bound } incarnation)
        {
            throw NotPossible();
        }

        var request = new ServeRequest();
        incarnation.Tell(new ServerActor.ServeOne(request));

        // Who waits already is served, however short the timeout is.
        await Task.WhenAny(request.WhenQueued, request.Outcome, incarnation.WhenStopped).ConfigureAwait(false);
        using var timer = new CancellationTokenSource(timeout < TimerLimit.Longest ? timeout.Value : Timeout.InfiniteTimeSpan);
        using var timedOut = timer.Token.UnsafeRegister(_ => request.TimeOut(), null);
        using var cancelled = cancellationToken.UnsafeRegister(_ => request.Cancel("nobody waits for a client any more"), null);
        if (await Task.WhenAny(request.Outcome, incarnation.WhenStopped).ConfigureAwait(false) != request.Outcome)
        {
            request.End($"server '{Name}' was stopped meanwhile");
        }

        return await request.Outcome.ConfigureAwait(false);
    }

    /// <summary>
    /// Serves a connected stream socket as if it had been accepted (<c>loop.connect_accepted_socket</c>): one that was accepted elsewhere,
    /// that we have connected ourselves, or that was inherited. All limits hold for it. From now on the socket is the server's.
    /// </summary>
    /// <param name="socket">Connected; TCP or Unix.</param>
    /// <exception cref="ArgumentException">It is not a connected stream socket.</exception>
    /// <exception cref="InvalidOperationException">The server is neither bound nor serving, or has no handler for streams.</exception>
    public void AdoptConnection(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.SocketType != SocketType.Stream || !socket.Connected || socket.LocalEndPoint is null || socket.RemoteEndPoint is null)
        {
            throw new ArgumentException("only a connected stream socket can be adopted", nameof(socket));
        }

        if (State is not (ServerState.Bound or ServerState.Serving or ServerState.Suspended))
        {
            throw NotPossible();
        }

        if (_builder.Handlers.Streams is null)
        {
            throw new InvalidOperationException($"server '{Name}' has no handler for streams");
        }

        _current!.Adopt(new SocketTransport(socket, ByteChannel.Of(socket, _current.Context.Options), _current.Context.Options), Endpoint.Of(socket.LocalEndPoint));
    }

    /// <summary>Closes all connections that live at this moment, each after what was written to it is sent; the server goes on (<c>asyncio.Server.close_clients</c>).</summary>
    public void CloseConnections()
    {
        foreach (var connection in Connections)
        {
            connection.Close();
        }
    }

    /// <summary>Resets all connections that live at this moment; the server goes on (<c>asyncio.Server.abort_clients</c>).</summary>
    public void AbortConnections()
    {
        foreach (var connection in Connections)
        {
            connection.Abort();
        }
    }

    /// <summary>
    /// Stops gracefully (<c>shutdown</c> and <c>server_close</c> in one): accepts nothing more, lets handlers finish, cuts
    /// at the deadline those that have not. Every call joins the same stop; a later one may bring the deadline forward.
    /// It may be called in every state: where nothing runs it completes at once, and harms no later start.
    /// A handler may call it, and may await it: it is then told when all <em>other</em> connections have ended.
    /// <c>daemon_threads</c> and a <c>block_on_close</c> without a deadline are deliberately not carried over: there one idle client
    /// keeps a process from ending, here <paramref name="drainTimeout"/> decides. Only code that holds its thread and never returns
    /// cannot be cut, as nothing can end a thread: its connection is closed and the stop waits for it, as long as <paramref name="cancellationToken"/> lets it.
    /// </summary>
    /// <param name="drainTimeout">How long handlers may take; default <c>drain-timeout</c>; zero cuts at once, <see cref="Timeout.InfiniteTimeSpan"/> never.</param>
    /// <param name="cancellationToken">Gives up waiting; the stop goes on.</param>
    /// <returns>How many connections finished and how many were cut.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    /// <exception cref="Exception">The handler's, where an escalated failure has ended the server.</exception>
    public Task<StopReport> StopAsync(TimeSpan? drainTimeout = null, CancellationToken cancellationToken = default)
    {
        var timeout = drainTimeout ?? DrainTimeout;
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            timeout = TimeSpan.MaxValue;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero, nameof(drainTimeout));
        if (CallingHandler() is { } handler)
        {
            var reply = new TaskCompletionSource<StopReport>(TaskCreationOptions.RunContinuationsAsynchronously);
            Stop(timeout, new ConnectionSupervisor.HandlerCaller(handler, reply));
            return Task.WhenAny(reply.Task, Completion).Unwrap().WaitAsync(cancellationToken);
        }

        Stop(timeout, null);
        return Completion.WaitAsync(cancellationToken);
    }

    /// <summary><see cref="StopAsync"/>; a failure that had ended the server before is not thrown again, see <see cref="Completion"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);

    /// <summary>Binds all endpoints of all these servers, or none.</summary>
    internal static async Task BindAsync(IReadOnlyList<SocketServer> servers, CancellationToken cancellationToken)
    {
        var begun = new List<(SocketServer Server, ServerIncarnation Incarnation)>();
        try
        {
            foreach (var server in servers)
            {
                begun.Add((server, server.Begin()));
            }

            await ServerIncarnation.BindAsync([.. begun.Select(each => each.Incarnation)], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            begun.ForEach(each => each.Server.Forget(each.Incarnation));
            throw;
        }
    }

    internal void Serve()
    {
        if (!_current!.TryServe())
        {
            throw NotPossible();
        }
    }

    /// <summary>The same stop, for CoordinatedShutdown: <see cref="Completion"/> may be waiting for the actor system itself.</summary>
    internal Task<StopReport> StopWithSystemAsync(TimeSpan drainTimeout)
    {
        Stop(drainTimeout, null);
        return _current!.WhenStopped;
    }

    /// <summary>Accepts nothing more; live connections go on, until the stop that follows.</summary>
    internal void StopAccepting()
    {
        _current?.Context.Enter(ServerState.Stopping);
        _current?.Tell(ServerActor.StopAccepting.Instance);
    }

    private void Stop(TimeSpan timeout, ConnectionSupervisor.HandlerCaller? caller) => _current?.Stop(new ServerActor.Stop(timeout, caller));

    private Task BindUnlessBoundAsync(CancellationToken cancellationToken) =>
        State == ServerState.Bound ? Task.CompletedTask : BindAsync(cancellationToken);

    private ServerIncarnation Begin()
    {
        lock (_gate)
        {
            if (State is not (ServerState.New or ServerState.Stopped))
            {
                throw NotPossible();
            }

            _current = _incarnate(_builder);
            _current.TrackAs(this);
            return _current;
        }
    }

    private void Forget(ServerIncarnation failed)
    {
        lock (_gate)
        {
            _current = _current == failed ? null : _current;
        }
    }

    private InvalidOperationException NotPossible() => new($"not possible: server '{Name}' is {State.ToString().ToLowerInvariant()}");

    /// <summary>The actor whose user code calls, if it is one of this server's.</summary>
    private IActorRef? CallingHandler()
    {
        if (HandlerCall.Current is { Peer: var peer })
        {
            return peer.Context == _current?.Context ? peer.Self : null;
        }

        var actor = ActorCell.GetCurrentSelfOrNoSender();
        return actor is not null && !actor.IsNobody() && actor.Path.Parent.Equals(Actor.Path / "connections") ? actor : null;
    }
}
