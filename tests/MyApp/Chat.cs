using System.Buffers;
using ActorSockets;

namespace MyApp;

public sealed class Chat : ConnectionActor
{
    public Chat() => Receive<Said>(said => Connection.Output.Write(said.Bytes));

    protected override void OnConnected() => Context.System.EventStream.Subscribe(Self, typeof(Said));

    protected override void OnReceived(in ReadOnlySequence<byte> data) =>
        Context.System.EventStream.Publish(new Said(data.ToArray()));

    private sealed record Said(byte[] Bytes);
}
