namespace ActorSockets.Handlers;

/// <summary>Serves one datagram peer, one datagram after the other, each with a handler of its own.</summary>
internal sealed class DatagramRequestActor : RequestActor
{
    private readonly Func<HandlerInstance> _factory;
    private readonly DatagramPeer _peer;
    private Datagram? _current;
    private HandlerPhase _phase;
    private bool _rejected;

    public DatagramRequestActor(Func<HandlerInstance> factory) => (_factory, _peer) = (factory, (DatagramPeer)OwnPeer);

    protected override void Next()
    {
        if (_peer.CloseReason is null && !_peer.CloseRequested && _peer.TryTake(out var next))
        {
            var datagram = new Datagram(_peer);
            datagram.Fill(next);
            _peer.IsBusy = true;
            _current = datagram;
            Run(() => RunAsync(datagram));
        }
    }

    protected override void Succeeded()
    {
        _peer.IsBusy = false;
        if (_rejected)
        {
            _current!.Drop(DropReason.Rejected);
        }
        else
        {
            _current!.Handled();
        }
    }

    protected override bool Failed(Exception exception)
    {
        _peer.IsBusy = false;
        if (!_peer.IsFailure(exception))
        {
            if (_phase == HandlerPhase.Verify)
            {
                // Its peer has ended meanwhile.
                _current!.Drop(DropReason.PeerClosed);
            }
            else
            {
                _current!.Handled();
            }

            return true;
        }

        _current!.Drop(_phase == HandlerPhase.Verify ? DropReason.Rejected : DropReason.HandlerFailed);
        return false;
    }

    protected override void Abandoned()
    {
        _peer.IsBusy = false;
        _current!.Abandon();
    }

    private protected override void EndTurn()
    {
        if (!IsRunning && _peer.EndIfDone())
        {
            Context.Stop(Self);
        }
    }

    private async Task RunAsync(Datagram datagram)
    {
        DatagramRequestHandler? handler = null;
        try
        {
            handler = await VerifyAsync(datagram);
            _rejected = handler is null;
            if (handler is not null)
            {
                _phase = HandlerPhase.Setup;
                await handler.SetupAsync();
                await HandleAsync(handler);
            }
        }
        catch (Exception exception) when (_peer.IsFailure(exception))
        {
            await ServerHooks.DecideAsync(handler is null ? _peer.Context.Handlers.Hooks.OnErrorAsync : handler.OnErrorAsync, new ErrorContext(exception, _phase, _peer));
            throw;
        }
        finally
        {
            await EndScopeAsync();
        }
    }

    /// <returns>The handler; null when the datagram is turned down.</returns>
    private async Task<DatagramRequestHandler?> VerifyAsync(Datagram datagram)
    {
        _phase = HandlerPhase.Verify;
        if (!await ServerHooks.TakeAnswerAsync(_peer.Context.Handlers.Hooks.VerifyAsync(datagram), _peer))
        {
            return null;
        }

        _phase = HandlerPhase.Create;
        var instance = _peer.Context.Construction.Make(_factory);
        Scope = instance.Scope;
        var handler = (DatagramRequestHandler)instance.Handler;
        handler.Attach(datagram);
        _phase = HandlerPhase.Verify;
        return await ServerHooks.TakeAnswerAsync(handler.VerifyAsync(), _peer) ? handler : null;
    }

    private async Task HandleAsync(DatagramRequestHandler handler)
    {
        _phase = HandlerPhase.Handle;
        try
        {
            await handler.HandleAsync();
        }
        catch
        {
            await handler.FinishAsync();
            handler.Reply(succeeded: false);
            throw;
        }

        _phase = HandlerPhase.Finish;
        await handler.FinishAsync();
        handler.Reply(succeeded: true);
    }
}
