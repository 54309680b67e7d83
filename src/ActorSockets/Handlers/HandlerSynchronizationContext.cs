using System.Collections.Concurrent;
using Akka.Event;

namespace ActorSockets.Handlers;

/// <summary>
/// Brings the continuations of an async handler back to the actor of its peer, as work between messages: so the handler
/// runs one step at a time and nothing waits behind its awaits. After the actor has stopped, what is left of the
/// handler (its <c>finally</c> blocks) runs on the thread pool.
/// </summary>
internal sealed class HandlerSynchronizationContext(Peer peer) : SynchronizationContext
{
    // Then control messages, and others on the dispatcher, get their turn.
    private const int WorkPerTurn = 64;

    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _work = new();
    private volatile bool _detached;

    public override void Post(SendOrPostCallback d, object? state)
    {
        _work.Enqueue((d, state));

        // Either this sees that the actor has stopped, or Detach sees the work.
        Interlocked.MemoryBarrier();
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

    /// <summary>Runs <paramref name="action"/>, and then what has been posted, as this context. What is too much for one turn waits for the next.</summary>
    public void Run(Action? action = null)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action?.Invoke();
            var left = WorkPerTurn;
            while (left-- > 0 && _work.TryDequeue(out var work))
            {
                work.Callback(work.State);
            }
        }
        finally
        {
            SetSynchronizationContext(outer);
            if (!_work.IsEmpty)
            {
                peer.Signal();
            }
        }
    }

    /// <summary>The actor stops: from now on the thread pool takes over.</summary>
    public void Detach()
    {
        _detached = true;
        Interlocked.MemoryBarrier();
        RunOnThreadPool();
    }

    private void RunOnThreadPool()
    {
        while (_work.TryDequeue(out var work))
        {
            ThreadPool.UnsafeQueueUserWorkItem(RunDetached, work, preferLocal: false);
        }
    }

    private void RunDetached((SendOrPostCallback Callback, object? State) work)
    {
        try
        {
            work.Callback(work.State);
        }
        catch (Exception exception)
        {
            // An async void method of the handler: there is no task that could carry it, and no actor any more.
            peer.Context.Log.Error(exception, "[{0}] code that the handler had left behind failed: {1}", peer.Id, exception.Message);
        }
    }
}
