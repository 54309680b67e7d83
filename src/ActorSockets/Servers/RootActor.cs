using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>Parent of all servers of an actor system. A server that fails is stopped; whoever started it decides what comes next.</summary>
internal sealed class RootActor : ReceiveActor
{
    private readonly Dictionary<IActorRef, ServerOutcome> _outcomes = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public RootActor()
    {
        Receive<StartServer>(Start);
        Receive<Terminated>(OnTerminated);
    }

    // The system stops, and the servers have stopped before their parent.
    protected override void PostStop()
    {
        foreach (var outcome in _outcomes.Values)
        {
            outcome.Stopped();
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new PerChildStrategy((server, failure) =>
    {
        if (_outcomes.TryGetValue(server, out var outcome) && outcome.Fail(failure))
        {
            _log.Error(failure, "[{0}] has failed: {1}", server.Path.Name, failure.Message);
        }

        return Directive.Stop;
    });

    private void Start(StartServer start)
    {
        if (!Context.Child(start.Name).IsNobody())
        {
            Sender.Tell(new Status.Failure(new InvalidOperationException($"a server named '{start.Name}' is running already")));
            return;
        }

        var server = Context.ActorOf(start.Props, start.Name);
        _outcomes.Add(server, start.Outcome);
        Context.Watch(server);
        Sender.Tell(server);
    }

    // Not told earlier: now the name is free again.
    private void OnTerminated(Terminated terminated)
    {
        if (_outcomes.Remove(terminated.ActorRef, out var outcome))
        {
            outcome.Stopped();
        }
    }

    /// <summary>Start a server. Answered with its actor.</summary>
    public sealed record StartServer(string Name, Props Props, ServerOutcome Outcome);
}
