using System.Buffers;

namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 863 over a stream: takes everything, answers nothing.</summary>
internal sealed class DiscardStream : ConnectionActor
{
    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
    }
}
