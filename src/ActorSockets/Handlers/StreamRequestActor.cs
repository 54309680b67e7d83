using ActorSockets.Supervision;
using Akka.Event;

namespace ActorSockets.Handlers;

/// <summary>Serves one connection with a <see cref="StreamRequestHandler"/>.</summary>
internal sealed class StreamRequestActor : RequestActor
{
    private readonly Func<HandlerInstance> _factory;
    private readonly Connection _connection;
    private StreamRequestHandler? _handler;
    private Task? _closing;
    private HandlerPhase _phase;
    private Exception? _decidedAbout;
    private bool _resuming;
    private bool _finished;
    private bool _done;

    public StreamRequestActor(Func<HandlerInstance> factory) => (_factory, _connection) = (factory, (Connection)OwnPeer);

    protected override void Next()
    {
        // A failure of Finish that is resumed: there is nothing left to go on with.
        _done |= _finished;
        if (!_done)
        {
            _decidedAbout = null;
            Run(RunAsync);
        }
    }

    protected override void Succeeded()
    {
        if (_connection is { IsSwitching: true, CloseRequested: false, CloseReason: null })
        {
            throw new HandlerSwitch();
        }

        _done = true;
    }

    protected override bool Failed(Exception exception)
    {
        _done = !_connection.IsFailure(exception);
        if (!_done)
        {
            // Where the failure is resumed, the next try finds what this one had not consumed.
            _connection.CurrentInput.TakeBack();
        }

        return _done;
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
            _connection.EndAsAsked();
        }

        if (_done)
        {
            Context.Stop(Self);
        }
    }

    // One that was cut has its Finish first.
    protected override void OnClosed(CloseReason reason)
    {
        if (_connection.LastHandler is { } last)
        {
            // Where it was to be resumed and is not, Finish still waits.
            _closing = CloseAsync(_resuming && !_finished && !IsRunning ? _handler : null, HandlerEnd, last, reason, _connection);
        }
    }

    private protected override Task HandlerEnd => _closing ?? base.HandlerEnd;

    private static async Task CloseAsync(StreamRequestHandler? unfinished, Task end, IToldClosed last, CloseReason reason, Connection connection)
    {
        await end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (unfinished is not null)
            {
                await FinishLateAsync(unfinished, connection);
            }

            last.TellClosed(reason);
        }
        catch (Exception exception)
        {
            connection.Context.Log.Error(exception, "[{0}] the end of its handler failed: {1}", connection.Id, exception.Message);
        }
    }

    /// <summary>Its connection has ended already: who is asked about a failure has nothing to decide any more.</summary>
    private static async Task FinishLateAsync(StreamRequestHandler unfinished, Connection connection)
    {
        try
        {
            await unfinished.FinishAsync();
        }
        catch (Exception exception)
        {
            connection.Context.Log.Error(exception, "[{0}] Finish failed: {1}", connection.Id, exception.Message);
            await ServerHooks.DecideAsync(unfinished.OnErrorAsync, new ErrorContext(exception, HandlerPhase.Finish, connection));
        }
    }

    private async Task RunAsync()
    {
        try
        {
            if (_resuming || await BeginAsync())
            {
                await HandleAsync();
                await _connection.FlushInTurnAsync();
            }
            else
            {
                _connection.Reject();
            }
        }
        catch (Exception exception) when (!ReferenceEquals(exception, _decidedAbout) && _connection.IsFailure(exception))
        {
            await DecideAsync(exception);
            throw;
        }
    }

    /// <returns>False when the connection is turned down.</returns>
    private async Task<bool> BeginAsync()
    {
        _phase = HandlerPhase.Verify;
        var verified = _connection.IsVerified;
        if (!verified && !await ServerHooks.TakeAnswerAsync(_connection.Context.Handlers.Hooks.VerifyAsync(_connection), _connection))
        {
            return false;
        }

        // One that failed in Setup, where the policy is to resume.
        await EndScopeAsync();
        _phase = HandlerPhase.Create;
        var instance = _connection.Context.Construction.Make(_factory);
        Scope = instance.Scope;
        _handler = (StreamRequestHandler)instance.Handler;
        _handler.Attach(_connection);
        _connection.LastHandler = _handler;
        _phase = HandlerPhase.Verify;
        if (!verified && !await ServerHooks.TakeAnswerAsync(_handler.VerifyAsync(), _connection))
        {
            return false;
        }

        _connection.IsVerified = true;
        _phase = HandlerPhase.Setup;
        await _handler.SetupAsync();
        return true;
    }

    private async Task HandleAsync()
    {
        _phase = HandlerPhase.Handle;
        try
        {
            await _handler!.HandleAsync();
        }
        catch (Exception exception)
        {
            // Where the failure may be resumed it must be known now: then Finish waits until the end. That may have come while it was decided.
            if (_connection is { Failures.MayResume: true, CloseReason: null, CloseRequested: false } && _connection.IsFailure(exception)
                && await DecideAsync(exception) == FailureAction.Resume && _connection.CloseReason is null)
            {
                _resuming = true;
                throw;
            }

            await FinishAfterAsync(exception);
            throw;
        }

        await FinishAsync();
    }

    private async Task FinishAfterAsync(Exception exception)
    {
        try
        {
            await FinishAsync();
            _phase = HandlerPhase.Handle;
        }
        catch (Exception) when (_connection.IsFailure(exception))
        {
            // The failure of Finish goes on in its place.
            _connection.Context.Log.Warning(exception, "[{0}] handler failed: {1}; and then its Finish failed as well", _connection.Id, exception.Message);
            throw;
        }
    }

    private Task FinishAsync()
    {
        _phase = HandlerPhase.Finish;
        _finished = true;
        return _handler!.FinishAsync();
    }

    private ValueTask<FailureAction> DecideAsync(Exception exception)
    {
        _decidedAbout = exception;
        return ServerHooks.DecideAsync(
            _handler is null ? _connection.Context.Handlers.Hooks.OnErrorAsync : _handler.OnErrorAsync, new ErrorContext(exception, _phase, _connection));
    }
}
