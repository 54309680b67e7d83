using ActorSockets.Drivers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>One server on its way from a valid configuration to serving, or back to nothing.</summary>
internal sealed class ServerStart(ExtendedActorSystem system, SocketServerBuilder builder)
{
    private readonly ServerContext _context = new(
        builder.Name, [.. builder.Endpoints], builder.Handlers, builder.Options, Logging.GetLogger(system, $"actor-sockets/{builder.Name}"));

    private readonly ServerOutcome _outcome = new();
    private IActorRef? _actor;

    /// <summary>Completes when all servers have bound all endpoints; fails as soon as one has failed.</summary>
    public static async Task WhenAllBound(IEnumerable<ServerStart> starts)
    {
        var left = starts.Select(start => start._outcome.WhenBound).ToList();
        while (left.Count > 0)
        {
            var done = await Task.WhenAny(left).ConfigureAwait(false);
            await done.ConfigureAwait(false);
            left.Remove(done);
        }
    }

    /// <summary>Begins to bind.</summary>
    /// <exception cref="InvalidOperationException">There is a server of this name, or the actor system has ended.</exception>
    public async Task CreateActorAsync(IActorRef root)
    {
        var driver = DriverCatalog.Find(_context.Options.Driver)!;
        var asking = root.Ask<IActorRef>(
            new RootActor.StartServer(_context.Name, Props.Create(() => new ServerActor(_context, driver, _outcome)), _outcome));

        // A root that has stopped with its system answers nobody.
        await Task.WhenAny(asking, system.WhenTerminated).ConfigureAwait(false);
        _actor = asking.IsCompleted
            ? await asking.ConfigureAwait(false)
            : throw new InvalidOperationException($"server '{_context.Name}' cannot start: its actor system has ended");
    }

    /// <summary>All are bound: from now on clients are served.</summary>
    public SocketServer Serve(ActorSystem? ownSystem)
    {
        _actor!.Tell(ServerActor.Serve.Instance, ActorRefs.NoSender);
        return new SocketServer(_context, _outcome, _actor, _outcome.WhenBound.Result, ownSystem);
    }

    /// <summary>Completes when nothing of it is left.</summary>
    public async Task GiveUpAsync()
    {
        if (_actor is null)
        {
            return;
        }

        _actor.Tell(new ServerActor.Stop(TimeSpan.Zero, null), ActorRefs.NoSender);

        // Its failure is the reason for giving up, or a consequence of it.
        await _outcome.WhenStopped.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
    }
}
