using System.Buffers;

namespace ActorSockets.Conformance.Host.Callbacks;

internal sealed class DataRaises : JournaledCallbacks
{
    protected override void Take(in ReadOnlySequence<byte> data) => throw new InvalidOperationException("as asked");
}
