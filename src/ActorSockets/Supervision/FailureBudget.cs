namespace ActorSockets.Supervision;

/// <summary>Decides what the next failure of one connection or datagram peer does, by its restart policy, its past and what the whole server has had.</summary>
internal sealed class FailureBudget(RestartPolicy policy, RestartStorm storm)
{
    // Who asks for a restart where the policy has no budget for one gets the default one.
    private readonly RestartPolicy _budget =
        policy.OnFailure is OnFailure.Restart or OnFailure.Resume ? policy : RestartPolicy.Restart();

    private FailureWindow? _failures;
    private Foreseen? _foreseen;

    /// <summary>True where the policy is to resume, as far as the budget reaches.</summary>
    public bool MayResume => policy.OnFailure == OnFailure.Resume;

    /// <summary>What <see cref="Decide"/> will answer about this failure, which is on its way to the supervisor.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="directive">What the hook wants.</param>
    /// <param name="isDealtWith">True where the hook has dealt with the exception, so that the log need not.</param>
    public FailureAction Foresee(ErrorContext error, ErrorDirective directive, bool isDealtWith)
    {
        // Nobody is served whom nothing has verified: that takes nothing of a budget.
        var mayGoOn = error is not { Phase: HandlerPhase.Verify, Connection: not null };
        var action = directive switch
        {
            ErrorDirective.Close => FailureAction.Close,
            ErrorDirective.Abort => FailureAction.Abort,
            ErrorDirective.Restart => mayGoOn ? Spend(FailureAction.Restart) : FailureAction.Close,
            ErrorDirective.StopServer => FailureAction.StopServer,
            _ => mayGoOn || policy.OnFailure is OnFailure.Escalate ? ByPolicy(error.Exception) : FailureAction.Close,
        };

        // There is nothing yet that could be resumed.
        if (error.Phase == HandlerPhase.Create && action == FailureAction.Resume)
        {
            action = FailureAction.Restart;
        }

        _foreseen = new Foreseen(error.Exception, action, isDealtWith);
        return action;
    }

    /// <summary>The action for this failure. Each call is a failure of its own, also when the same exception object is thrown again.</summary>
    public FailureAction Decide(Exception exception, out bool isDealtWith)
    {
        var foreseen = _foreseen;
        _foreseen = null;
        isDealtWith = false;
        if (foreseen is null || !ReferenceEquals(foreseen.Exception, exception))
        {
            return ByPolicy(exception);
        }

        isDealtWith = foreseen.IsDealtWith;
        return foreseen.Action;
    }

    private FailureAction ByPolicy(Exception exception) => policy.OnFailure switch
    {
        // Where one frame ends and the next begins is not known any more: nobody can go on with this stream.
        _ when exception is FrameTooLargeException or MalformedFrameException or IncompleteReadException => FailureAction.Close,
        OnFailure.Restart => Spend(FailureAction.Restart),
        OnFailure.Resume => Spend(FailureAction.Resume),
        OnFailure.Escalate => FailureAction.Escalate,
        _ => FailureAction.Close,
    };

    private FailureAction Spend(FailureAction action) => TrySpend(Environment.TickCount64) ? action : FailureAction.Close;

    private bool TrySpend(long now) => (_failures ??= new FailureWindow()).TrySpend(_budget.Max, _budget.Within, now) && storm.TrySpend(now);

    private sealed record Foreseen(Exception Exception, FailureAction Action, bool IsDealtWith);
}
