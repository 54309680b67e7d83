using System.Buffers;

namespace ActorSockets.Tests;

/// <summary>Sends everything back.</summary>
internal sealed class EchoActor : ConnectionActor
{
    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
        foreach (var segment in data)
        {
            Connection.Output.Write(segment.Span);
        }
    }
}
