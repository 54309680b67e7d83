using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Supervision;

/// <summary>Tells a peer's actor that the state of its peer has changed. Carries nothing: the actor looks.</summary>
internal sealed class PeerSignal : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly PeerSignal Instance = new();

    private PeerSignal()
    {
    }
}
