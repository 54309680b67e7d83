using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Actor;

namespace ActorSockets;

/// <summary>
/// The handle of a running server. Get one from <see cref="SocketServers.StartAsync(string, Action{SocketServerBuilder}, CancellationToken)"/> in an actor system, or from
/// <see cref="StartAsync(string, Func{Connection, Task})"/> without one. Disposing it is <see cref="StopAsync"/>.
/// </summary>
public sealed class SocketServer : IAsyncDisposable
{
    private readonly ServerContext _context;
    private readonly ServerOutcome _outcome;
    private readonly ActorSystem? _ownSystem;

    internal SocketServer(ServerContext context, ServerOutcome outcome, IActorRef actor, IReadOnlyList<Endpoint> endpoints, ActorSystem? ownSystem)
    {
        (_context, _outcome, Actor, Endpoints, _ownSystem) = (context, outcome, actor, endpoints, ownSystem);
        Completion = CompleteAsync();
    }

    /// <summary>The name.</summary>
    public string Name => _context.Name;

    /// <summary>Where it listens, in the order of the configuration, with ports resolved (<c>server_address</c>).</summary>
    public IReadOnlyList<Endpoint> Endpoints { get; }

    /// <summary>The server's actor, for watching. Its end is the server's end.</summary>
    public IActorRef Actor { get; }

    /// <summary>The books at this moment.</summary>
    public ServerStatistics Statistics => _context.Counters.Read();

    /// <summary>
    /// Completes when the server has stopped and nothing of it is left, whoever stopped it; faults with the handler's
    /// exception when a failure was escalated.
    /// </summary>
    public Task<StopReport> Completion { get; }

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
        var system = ActorSystem.Create("actor-sockets", "akka.loglevel = WARNING");
        try
        {
            return (await system.SocketServers().StartAsync([KeyValuePair.Create(name, configure)], system).ConfigureAwait(false))[0];
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops gracefully (<c>shutdown</c> and <c>server_close</c> in one): accepts nothing more, lets handlers finish, cuts
    /// at the deadline those that have not. Every call joins the same stop; a later one may bring the deadline forward.
    /// A handler may call it, and may await it: it is then told when all <em>other</em> connections have ended.
    /// </summary>
    /// <param name="drainTimeout">How long handlers may take; default <c>drain-timeout</c>; zero cuts at once, <see cref="Timeout.InfiniteTimeSpan"/> never.</param>
    /// <param name="cancellationToken">Gives up waiting; the stop goes on.</param>
    /// <returns>How many connections finished and how many were cut.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    /// <exception cref="Exception">The handler's, where an escalated failure has ended the server.</exception>
    public Task<StopReport> StopAsync(TimeSpan? drainTimeout = null, CancellationToken cancellationToken = default)
    {
        var timeout = drainTimeout ?? _context.Options.DrainTimeout;
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            timeout = TimeSpan.MaxValue;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero, nameof(drainTimeout));
        if (CallingHandler() is { } handler)
        {
            var reply = new TaskCompletionSource<StopReport>(TaskCreationOptions.RunContinuationsAsynchronously);
            Actor.Tell(new ServerActor.Stop(timeout, new ConnectionSupervisor.HandlerCaller(handler, reply)), ActorRefs.NoSender);
            return Task.WhenAny(reply.Task, Completion).Unwrap().WaitAsync(cancellationToken);
        }

        Actor.Tell(new ServerActor.Stop(timeout, null), ActorRefs.NoSender);
        return Completion.WaitAsync(cancellationToken);
    }

    internal TimeSpan DrainTimeout => _context.Options.DrainTimeout;

    /// <summary>The same stop, for CoordinatedShutdown: <see cref="Completion"/> may be waiting for the actor system itself.</summary>
    internal Task<StopReport> StopWithSystemAsync(TimeSpan? drainTimeout)
    {
        Actor.Tell(new ServerActor.Stop(drainTimeout ?? _context.Options.DrainTimeout, null), ActorRefs.NoSender);
        return _outcome.WhenStopped;
    }

    /// <summary>Accepts nothing more; live connections go on.</summary>
    internal void StopAccepting() => Actor.Tell(ServerActor.StopAccepting.Instance, ActorRefs.NoSender);

    /// <summary><see cref="StopAsync"/>; a failure that had ended the server before is not thrown again, see <see cref="Completion"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);

    /// <summary>The actor whose user code calls, if it is one of this server's.</summary>
    private IActorRef? CallingHandler()
    {
        if (HandlerCall.Current is { Peer: var peer })
        {
            return peer.Context == _context && peer.CloseReason is null ? peer.Self : null;
        }

        var actor = ActorCell.GetCurrentSelfOrNoSender();
        return actor is not null && !actor.IsNobody() && actor.Path.Parent.Equals(Actor.Path / "connections") ? actor : null;
    }

    private async Task<StopReport> CompleteAsync()
    {
        try
        {
            return await _outcome.WhenStopped.ConfigureAwait(false);
        }
        finally
        {
            if (_ownSystem is not null)
            {
                await _ownSystem.Terminate().ConfigureAwait(false);
            }
        }
    }
}
