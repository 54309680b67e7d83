namespace ActorSockets.Handlers;

/// <summary>Serves one connection with a <see cref="StreamRequestHandler"/>.</summary>
internal sealed class StreamRequestActor : RequestActor
{
    private readonly Func<StreamRequestHandler> _factory;
    private readonly Connection _connection;
    private StreamRequestHandler? _handler;
    private bool _resuming;
    private bool _finished;
    private bool _done;

    public StreamRequestActor(Func<StreamRequestHandler> factory) => (_factory, _connection) = (factory, (Connection)OwnPeer);

    protected override void Next()
    {
        // A failure of Finish that is resumed: there is nothing left to go on with.
        _done |= _finished;
        if (!_done)
        {
            Run(RunAsync);
        }
    }

    protected override void Succeeded() => _done = true;

    protected override bool Failed(Exception exception)
    {
        // Cancellation is not an error, and neither is a connection that ended under its handler.
        var quiet = exception is OperationCanceledException || (_connection.CloseReason is not null && exception is IOException or ObjectDisposedException);
        _done = quiet;
        if (!quiet)
        {
            // Where the failure is resumed, the next try finds what this one had not consumed.
            _connection.CurrentInput.TakeBack();
        }

        return quiet;
    }

    // While user code is under way the output is its own.
    private protected override void FlushTurn()
    {
        if (!IsRunning)
        {
            _connection.FlushTurn();
        }
    }

    private protected override void EndTurn()
    {
        if (_done || _connection.CloseRequested)
        {
            _connection.FlushTurn();
            _connection.End(_connection.PeerHasCompleted ? CloseReason.PeerClosed : CloseReason.LocalClosed);
        }

        if (_done)
        {
            Context.Stop(Self);
        }
    }

    protected override void OnClosed(CloseReason reason) => _handler?.OnClosed(reason);

    private async Task RunAsync()
    {
        if (!_resuming)
        {
            _handler = _factory();
            _handler.Attach(_connection);
            await _handler.SetupAsync();
        }

        try
        {
            await _handler!.HandleAsync();
        }
        catch (Exception exception) when (WillResume(exception))
        {
            _resuming = true;
            throw;
        }
        catch
        {
            await FinishAsync();
            throw;
        }

        await FinishAsync();
        await _connection.FlushInTurnAsync();
    }

    private Task FinishAsync()
    {
        _finished = true;
        return _handler!.FinishAsync();
    }

    private bool WillResume(Exception exception) =>
        exception is not OperationCanceledException && _connection.CloseReason is null && _connection.Failures.MayResume
        && _connection.Failures.Foresee(exception, Environment.TickCount64) == OnFailure.Resume;
}
