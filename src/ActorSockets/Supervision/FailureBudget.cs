namespace ActorSockets.Supervision;

/// <summary>Decides what the next failure of one connection or datagram peer does, by its restart policy and its past.</summary>
internal sealed class FailureBudget(RestartPolicy policy)
{
    private Queue<long>? _failures;
    private (Exception Exception, OnFailure Action)? _decided;

    /// <summary>
    /// The action for this failure. Asked twice about the same exception (by the handler's host, then by the
    /// supervisor) it gives the same answer and counts once.
    /// </summary>
    public OnFailure Decide(Exception exception, long now)
    {
        if (_decided is { } decided && ReferenceEquals(decided.Exception, exception))
        {
            return decided.Action;
        }

        var action = policy.OnFailure is OnFailure.Restart or OnFailure.Resume && !Spend(now) ? OnFailure.Close : policy.OnFailure;
        _decided = (exception, action);
        return action;
    }

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
