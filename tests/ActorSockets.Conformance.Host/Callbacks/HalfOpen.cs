using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host.Callbacks;

/// <summary>Leaves the connection open when the other side has finished.</summary>
internal sealed class HalfOpen : JournaledCallbacks
{
    protected override void OnPeerCompleted() => Journal.Write("eof");
}
