using System.Buffers;
using Akka.Actor;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>One actor that tells every connection what one of them said.</summary>
internal sealed class Broadcaster : ReceiveActor
{
    // Tells the client that it will hear everything from here on.
    private static readonly Said Greeting = new([0]);

    private readonly HashSet<IActorRef> _everybody = [];

    public Broadcaster()
    {
        Receive<Joined>(joined =>
        {
            _everybody.Add(joined.Connection);
            Context.Watch(joined.Connection);
            joined.Connection.Tell(Greeting);
        });
        Receive<Terminated>(terminated => _everybody.Remove(terminated.ActorRef));
        Receive<Said>(said =>
        {
            foreach (var connection in _everybody)
            {
                connection.Tell(said);
            }
        });
    }

    public sealed record Joined(IActorRef Connection);

    public sealed record Said(byte[] Bytes);
}

/// <summary>A connection that everybody hears.</summary>
internal sealed class BroadcastActor : ConnectionActor
{
    private readonly IActorRef _broadcaster;

    public BroadcastActor(IActorRef broadcaster)
    {
        _broadcaster = broadcaster;
        Receive<Broadcaster.Said>(said => Connection.Output.Write(said.Bytes));
    }

    protected override void OnConnected() => _broadcaster.Tell(new Broadcaster.Joined(Self));

    protected override void OnReceived(in ReadOnlySequence<byte> data) => _broadcaster.Tell(new Broadcaster.Said(data.ToArray()));
}
