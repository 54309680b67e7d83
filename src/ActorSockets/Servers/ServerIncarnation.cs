using ActorSockets.Connections;
using ActorSockets.Diagnostics;
using Akka.Actor;

namespace ActorSockets.Servers;

/// <summary>One life of a server: from a valid configuration to bound endpoints, to serving, to nothing.</summary>
internal sealed class ServerIncarnation
{
    private static readonly TimeSpan RootRetry = TimeSpan.FromMilliseconds(5);

    private readonly ServerOutcome _outcome = new();
    private readonly Lock _gate = new();
    private readonly ActorSystem _system;
    private readonly bool _ownsSystem;
    private ServerActor.Stop? _earlyStop;

    /// <param name="builder">A valid configuration.</param>
    /// <param name="system">Where it lives.</param>
    /// <param name="ownsSystem">True where the actor system ends with it.</param>
    public ServerIncarnation(SocketServerBuilder builder, ActorSystem system, bool ownsSystem)
    {
        (_system, _ownsSystem) = (system, ownsSystem);
        Context = new ServerContext(
            builder.Name, [.. builder.Endpoints], builder.Handlers, builder.Options, new ServerLog(system.EventStream, builder.Name), system.SocketServers().Memory);
        Completion = CompleteAsync();
    }

    public ServerContext Context { get; }

    public IActorRef Actor { get; private set; } = ActorRefs.Nobody;

    /// <summary>Where it listens: as configured, and as bound once it is.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _outcome.WhenBound.IsCompletedSuccessfully ? _outcome.WhenBound.Result : Context.Endpoints;

    /// <summary>Endpoints that take nobody more at this moment.</summary>
    public IReadOnlyCollection<Endpoint> FullEndpoints =>
    [
        .. Context.Connections.Count >= Context.Admission.Most ? Endpoints.Where(endpoint => !endpoint.IsDatagram) : [],
        .. Context.Routers.Where(router => router.IsFull).Select(router => router.Endpoint),
    ];

    /// <summary>Completes when nothing of it is left; faulted when it ended by an escalated failure.</summary>
    public Task<StopReport> WhenStopped => _outcome.WhenStopped;

    /// <summary><see cref="WhenStopped"/>, and an actor system of its own has ended as well.</summary>
    public Task<StopReport> Completion { get; }

    public ServerState State => _outcome.WhenStopped.IsCompleted ? ServerState.Stopped : Context.State;

    /// <summary>Binds all endpoints of all of them, or none. Nobody is served yet.</summary>
    /// <exception cref="EndpointBindException">An endpoint could not be bound; what had been bound is closed again.</exception>
    /// <exception cref="InvalidOperationException">There is a server of this name, or the actor system has ended.</exception>
    public static async Task BindAsync(IReadOnlyList<ServerIncarnation> incarnations, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var incarnation in incarnations)
            {
                await incarnation.CreateActorAsync().ConfigureAwait(false);
            }

            await WhenAllBoundAsync(incarnations).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await Task.WhenAll(incarnations.Select(incarnation => incarnation.GiveUpAsync())).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>From now on clients are served; false when they are already, or no more.</summary>
    public bool TryServe()
    {
        if (!Context.TryEnter(ServerState.Bound, ServerState.Serving))
        {
            return false;
        }

        Tell(ServerActor.Serve.Instance);
        return true;
    }

    public void TrackAs(SocketServer server) => _system.SocketServers().Track(this, server);

    public void Tell(object message) => Actor.Tell(message, ActorRefs.NoSender);

    public void Stop(ServerActor.Stop stop)
    {
        lock (_gate)
        {
            if (Actor.IsNobody())
            {
                _earlyStop = stop;
                return;
            }
        }

        Tell(stop);
    }

    /// <summary>Hands a connection to the server that no listener has accepted. It is refused where the server ends meanwhile.</summary>
    public void Adopt(Transport transport, Endpoint endpoint) =>
        Context.Arrive(new ServerActor.Accepted(transport, endpoint), Actor);

    private static async Task WhenAllBoundAsync(IEnumerable<ServerIncarnation> incarnations)
    {
        // Fails as soon as one has failed.
        var left = incarnations.Select(incarnation => incarnation._outcome.WhenBound).ToList();
        while (left.Count > 0)
        {
            var done = await Task.WhenAny(left).ConfigureAwait(false);
            await done.ConfigureAwait(false);
            left.Remove(done);
        }
    }

    private async Task CreateActorAsync()
    {
        var actor = await AskForActorAsync().ConfigureAwait(false);
        lock (_gate)
        {
            Actor = actor;
        }

        if (_earlyStop is { } stop)
        {
            Tell(stop);
        }
    }

    private async Task<IActorRef> AskForActorAsync()
    {
        while (!_system.WhenTerminated.IsCompleted && !_outcome.WhenStopped.IsCompleted)
        {
            if (_system.SocketServers().FindRoot() is not { } found)
            {
                await Task.Delay(RootRetry).ConfigureAwait(false);
                continue;
            }

            var (root, end) = found;
            var asking = root.Ask<IActorRef>(
                new RootActor.StartServer(Context.Name, Props.Create(() => new ServerActor(Context, _outcome)).WithDispatcher(Context.Dispatcher), _outcome));

            // A root that has stopped, alone or with its system, answers nobody.
            await Task.WhenAny(asking, end, _system.WhenTerminated).ConfigureAwait(false);
            if (asking.IsCompleted)
            {
                return await asking.ConfigureAwait(false);
            }
        }

        throw new InvalidOperationException($"server '{Context.Name}' cannot start: {(_system.WhenTerminated.IsCompleted ? "its actor system has ended" : "its parent was stopped")}");
    }

    private async Task GiveUpAsync()
    {
        if (Actor.IsNobody())
        {
            _outcome.Stopped();
        }
        else
        {
            Tell(new ServerActor.Stop(TimeSpan.Zero, null));
        }

        // Its failure is the reason for giving up, or a consequence of it.
        await Completion.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
    }

    private async Task<StopReport> CompleteAsync()
    {
        try
        {
            return await _outcome.WhenStopped.ConfigureAwait(false);
        }
        finally
        {
            Context.End();
            if (_ownsSystem)
            {
                await _system.Terminate().ConfigureAwait(false);
            }
        }
    }
}
