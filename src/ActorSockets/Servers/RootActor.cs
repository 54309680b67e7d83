using Akka.Actor;

namespace ActorSockets.Servers;

/// <summary>Parent of all servers of an actor system. A server that fails is stopped; whoever started it decides what comes next.</summary>
internal sealed class RootActor : ReceiveActor
{
    public RootActor() => Receive<StartServer>(start =>
    {
        try
        {
            Sender.Tell(Context.ActorOf(start.Props, start.Name));
        }
        catch (InvalidActorNameException exception)
        {
            Sender.Tell(new Status.Failure(exception));
        }
    });

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(-1, -1, _ => Directive.Stop, loggingEnabled: false);

    /// <summary>Start a server. Answered with its actor.</summary>
    public sealed record StartServer(string Name, Props Props);
}
