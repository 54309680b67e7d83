using System.Collections.Concurrent;

namespace ActorSockets.Handlers;

/// <summary>
/// Brings the continuations of an async handler back to the actor of its peer, as work between messages: so the handler
/// runs one step at a time and nothing waits behind its awaits. After the actor has stopped, what is left of the
/// handler (its <c>finally</c> blocks) runs on the thread pool.
/// </summary>
internal sealed class HandlerSynchronizationContext(Peer peer) : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _work = new();
    private volatile bool _detached;

    public Peer Peer => peer;

    public override void Post(SendOrPostCallback d, object? state)
    {
        _work.Enqueue((d, state));
        if (_detached)
        {
            RunOnThreadPool();
        }
        else if (Current != this)
        {
            peer.Signal();
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("a handler's context cannot be waited for; post to it");

    /// <summary>Runs what has been posted, and then <paramref name="action"/>, as this context.</summary>
    public void Run(Action? action = null)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action?.Invoke();
            while (_work.TryDequeue(out var work))
            {
                work.Callback(work.State);
            }
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>The actor stops: from now on the thread pool takes over.</summary>
    public void Detach()
    {
        _detached = true;
        RunOnThreadPool();
    }

    private void RunOnThreadPool()
    {
        while (_work.TryDequeue(out var work))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static w => w.Callback(w.State), work, preferLocal: false);
        }
    }
}
