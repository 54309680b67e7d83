namespace ActorSockets.Handlers;

/// <summary>Serves one datagram peer, one datagram after the other, each with a handler of its own.</summary>
internal sealed class DatagramRequestActor : RequestActor
{
    private readonly Func<Datagram, Task> _handle;
    private readonly DatagramPeer _peer;
    private Datagram? _current;

    public DatagramRequestActor(Func<Datagram, Task> handle) => (_handle, _peer) = (handle, (DatagramPeer)OwnPeer);

    protected override void Next()
    {
        if (_peer.CloseReason is null && !_peer.CloseRequested && _peer.TryTake(out var datagram))
        {
            _peer.IsBusy = true;
            _current = datagram;

            // Async, so that an exception ends the task wherever the handler throws it.
            Run(async () => await _handle(datagram));
        }
    }

    protected override void Succeeded()
    {
        _peer.IsBusy = false;
        _current!.Handled();
    }

    protected override bool Failed(Exception exception)
    {
        _peer.IsBusy = false;
        if (exception is OperationCanceledException)
        {
            _current!.Handled();
            return true;
        }

        _current!.Drop(DropReason.HandlerFailed);
        return false;
    }

    protected override void Abandoned()
    {
        _peer.IsBusy = false;
        _current!.Drop(DropReason.PeerClosed);
    }

    private protected override void EndTurn()
    {
        if (!IsRunning && _peer.EndIfDone())
        {
            Context.Stop(Self);
        }
    }
}
