using System.Buffers;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Tells a listener who it is, and sends what it is told.</summary>
internal sealed class AnnouncingActor : ConnectionActor
{
    private readonly IActorRef _listener;

    public AnnouncingActor(IActorRef listener)
    {
        _listener = listener;
        Receive<string>(text => Connection.Output.Write(Encoding.UTF8.GetBytes(text)));
    }

    protected override void OnConnected() => _listener.Tell(Self);

    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
    }
}
