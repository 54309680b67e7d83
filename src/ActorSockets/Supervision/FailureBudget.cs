namespace ActorSockets.Supervision;

/// <summary>Decides what the next failure of one connection or datagram peer does, by its restart policy and its past.</summary>
internal sealed class FailureBudget(RestartPolicy policy)
{
    private Queue<long>? _failures;
    private (Exception Exception, OnFailure Action)? _foreseen;

    /// <summary>True where the policy is to resume, as far as the budget reaches.</summary>
    public bool MayResume => policy.OnFailure == OnFailure.Resume;

    /// <summary>What <see cref="Decide"/> will answer about this failure, which is on its way to the supervisor.</summary>
    public OnFailure Foresee(Exception exception, long now)
    {
        var action = Next(now);
        _foreseen = (exception, action);
        return action;
    }

    /// <summary>The action for this failure. Each call is a failure of its own, also when the same exception object is thrown again.</summary>
    public OnFailure Decide(Exception exception, long now)
    {
        var foreseen = _foreseen;
        _foreseen = null;
        return foreseen is { } known && ReferenceEquals(known.Exception, exception) ? known.Action : Next(now);
    }

    private OnFailure Next(long now) =>
        policy.OnFailure is OnFailure.Restart or OnFailure.Resume && !Spend(now) ? OnFailure.Close : policy.OnFailure;

    private bool Spend(long now)
    {
        if (policy.Max < 0)
        {
            return true;
        }

        _failures ??= new Queue<long>();
        if (policy.Within != Timeout.InfiniteTimeSpan)
        {
            while (_failures.TryPeek(out var oldest) && now - oldest >= policy.Within.TotalMilliseconds)
            {
                _failures.Dequeue();
            }
        }

        if (_failures.Count >= policy.Max)
        {
            return false;
        }

        _failures.Enqueue(now);
        return true;
    }
}
