using System.Buffers;

namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 862 over a stream: every byte back, until the client has finished sending.</summary>
internal sealed class EchoStream : ConnectionActor
{
    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
        foreach (var piece in data)
        {
            Connection.Output.Write(piece.Span);
        }
    }
}
