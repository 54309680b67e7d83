using System.Runtime.ExceptionServices;

namespace ActorSockets.Supervision;

/// <summary>
/// Stands where the constructor of an actor has failed, so that the failure is asked about, counted and decided as every
/// other: its first turn throws it.
/// </summary>
internal sealed class FailedActor(Exception cause) : PeerActor
{
    private protected override bool HasBegun => OwnPeer.LastToldClosed is not null && OwnPeer is not Connection { HasBegun: false };

    internal override void BecomeLast()
    {
        // The one before it stays the last.
    }

    protected override void OnClosed(CloseReason reason) => OwnPeer.LastToldClosed!(reason);

    private protected override void OnSignal()
    {
        Phase = HandlerPhase.Create;
        ExceptionDispatchInfo.Throw(cause);
    }

    // Messages are for whoever takes its place.
    private protected override bool IsReady(object message)
    {
        Self.Tell(message, Sender);
        return false;
    }

    private protected override void EndTurn()
    {
        if (OwnPeer.CloseReason is not null || OwnPeer.CloseRequested)
        {
            Context.Stop(Self);
        }
    }
}
