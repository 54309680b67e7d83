using ActorSockets.Handlers;

namespace ActorSockets;

/// <summary>
/// A sender of datagrams as an actor: one per address, made by its first datagram, expired after
/// <c>datagram.peer-timeout</c> without one. Datagrams of one peer are handled in order. Declare with
/// <c>Receive&lt;T&gt;</c> what the rest of the system may tell it.
/// </summary>
public abstract class DatagramActor : PeerActor
{
    // Then others get their turn on the dispatcher.
    private const int DatagramsPerTurn = 32;

    // The one that is being handled; there is never more than one.
    private readonly Datagram _datagram;

    /// <summary>Called by the socket server only, for each peer.</summary>
    /// <exception cref="InvalidOperationException">Somebody else made one.</exception>
    protected DatagramActor()
    {
        Peer = OwnPeer as DatagramPeer
            ?? throw new InvalidOperationException($"{GetType()} is a handler for datagram endpoints, but {OwnPeer.Endpoint} is a stream endpoint");
        _datagram = new Datagram(Peer);
    }

    /// <summary>The peer that this actor serves.</summary>
    protected DatagramPeer Peer { get; }

    /// <summary>A datagram arrived (<c>datagram_received</c>).</summary>
    /// <param name="datagram">The datagram; it may be empty. It is another one after the return: copy what is to be kept.</param>
    protected abstract void OnReceived(Datagram datagram);

    private protected sealed override void OnSignal()
    {
        var left = DatagramsPerTurn;
        while (Peer.CloseReason is null && !Peer.CloseRequested && Peer.TryTake(out var next))
        {
            _datagram.Fill(next);
            var verifying = Peer.Context.Handlers.Hooks.VerifyAsync(_datagram);
            if (!verifying.IsCompletedSuccessfully)
            {
                HandleLater(verifying);
                return;
            }

            Handle(verifying.Result);
            if (--left == 0)
            {
                Peer.Signal();
                return;
            }
        }
    }

    private protected sealed override void EndTurn()
    {
        if (IsAwaiting)
        {
            Peer.Signal();
        }
        else if (Peer.EndIfDone())
        {
            Context.Stop(Self);
        }
    }

    // What it would have come to is not told to an actor that has stopped.
    private protected override void Abandon() => _datagram.Abandon();

    // Apart, for a closure is made where its method is entered.
    private void HandleLater(ValueTask<bool> verifying)
    {
        Peer.IsBusy = true;
        RunBeforeNextMessage(() => HandleAsync(verifying));
    }

    private async Task HandleAsync(ValueTask<bool> verifying)
    {
        bool isVerified;
        try
        {
            Phase = HandlerPhase.Verify;
            isVerified = await ServerHooks.TakeAnswerAsync(verifying, Peer);
        }
        catch
        {
            _datagram.Drop(Peer.CloseReason is null ? DropReason.Rejected : DropReason.PeerClosed);
            throw;
        }
        finally
        {
            Peer.IsBusy = false;
        }

        Handle(isVerified);
    }

    private void Handle(bool isVerified)
    {
        if (!isVerified)
        {
            _datagram.Drop(DropReason.Rejected);
            return;
        }

        Phase = HandlerPhase.Handle;
        try
        {
            OnReceived(_datagram);
        }
        catch (OperationCanceledException)
        {
            // Not an error: the handler had its reason to leave off.
        }
        catch
        {
            _datagram.Drop(DropReason.HandlerFailed);
            Peer.Signal();
            throw;
        }

        _datagram.Handled();
    }
}
