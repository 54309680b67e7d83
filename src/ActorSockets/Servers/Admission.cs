namespace ActorSockets.Servers;

/// <summary>The places of a server: never one more is taken than <c>max-connections</c>, whoever takes them.</summary>
/// <param name="most">How many there are.</param>
internal sealed class Admission(int most)
{
    private int _most = most;
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _taken;

    /// <summary>How many there are. Where there are fewer than were taken, those who have one keep it.</summary>
    public int Most
    {
        get => Volatile.Read(ref _most);
        set
        {
            List<TaskCompletionSource> next = [];
            lock (_gate)
            {
                for (_most = value; _taken < _most && _waiting.First is { } first; _taken++)
                {
                    _waiting.RemoveFirst();
                    next.Add(first.Value);
                }
            }

            next.ForEach(wait => wait.SetResult());
        }
    }

    /// <summary>True when there is none left.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _taken >= _most;
            }
        }
    }

    /// <summary>Takes a place, if there is one.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (_taken >= _most)
            {
                return false;
            }

            _taken++;
            return true;
        }
    }

    /// <summary>Takes a place in any case, for one who was asked for.</summary>
    public void Take()
    {
        lock (_gate)
        {
            _taken++;
        }
    }

    /// <summary>Takes a place when there is one: first come, first served.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> wait;
        lock (_gate)
        {
            if (_taken < _most)
            {
                _taken++;
                return;
            }

            wait = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var giveUp = cancellationToken.UnsafeRegister(_ => GiveUp(wait, cancellationToken), null).ConfigureAwait(false);
        await wait.Value.Task.ConfigureAwait(false);
    }

    /// <summary>Whether somebody may have the place of one that has ended: not where more are taken than there are.</summary>
    public bool MayBeTakenOver
    {
        get
        {
            lock (_gate)
            {
                return _taken <= _most;
            }
        }
    }

    /// <summary>Gives a place back; who waits longest has it.</summary>
    public void Release()
    {
        TaskCompletionSource? next;
        lock (_gate)
        {
            next = MayBeTakenOver ? _waiting.First?.Value : null;
            if (next is null)
            {
                _taken--;
                return;
            }

            _waiting.RemoveFirst();
        }

        next.SetResult();
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> wait, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (wait.List is null)
            {
                // It has its place, and whoever waited gives it back.
                return;
            }

            _waiting.Remove(wait);
        }

        wait.Value.SetCanceled(cancellationToken);
    }
}
