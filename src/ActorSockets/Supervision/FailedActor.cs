using System.Runtime.ExceptionServices;

namespace ActorSockets.Supervision;

/// <summary>
/// Stands where the constructor of an actor has failed, so that the failure is asked about, counted and decided as every
/// other. It handles no message: those are for whoever takes its place.
/// </summary>
internal sealed class FailedActor(Exception cause) : PeerActor
{
    private protected override bool HasBegun => false;

    internal override void BecomeLast()
    {
        // The one before it stays the last.
    }

    protected override void PreStart() => RunBeforeNextMessage(() =>
    {
        if (OwnPeer is DatagramPeer peer && peer.TryTake(out var datagram))
        {
            // It cannot be handled.
            peer.Drop(datagram, DropReason.HandlerFailed);
        }

        Phase = HandlerPhase.Create;
        ExceptionDispatchInfo.Throw(cause);
        return Task.CompletedTask;
    });

    private protected override void OnSignal()
    {
        // Nobody is there to look.
    }

    private protected override void EndTurn()
    {
        // It ends by its failure.
    }
}
