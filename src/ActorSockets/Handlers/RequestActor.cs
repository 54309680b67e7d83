using System.Runtime.ExceptionServices;
using Akka.Event;

namespace ActorSockets.Handlers;

/// <summary>Runs async user code on a peer's actor, and turns the end of its task into a message or a failure of the actor.</summary>
internal abstract class RequestActor : PeerActor
{
    private readonly HandlerSynchronizationContext _context;
    private readonly HandlerCall _call;
    private Task? _running;

    protected RequestActor()
    {
        _context = new HandlerSynchronizationContext(OwnPeer);
        _call = new HandlerCall(OwnPeer, (OwnPeer as Connection)?.CurrentInput);
    }

    /// <summary>True while user code is under way.</summary>
    protected bool IsRunning => _running is not null;

    private protected sealed override bool AsksItself => false;

    private protected override Task HandlerEnd => _running ?? Task.CompletedTask;

    /// <summary>Called on each signal when no user code is under way: start the next piece with <see cref="Run"/>, or do nothing.</summary>
    protected abstract void Next();

    /// <summary>The piece ended well.</summary>
    protected abstract void Succeeded();

    /// <summary>The piece failed. The failure goes to the supervisor unless this returns true.</summary>
    protected abstract bool Failed(Exception exception);

    /// <summary>The actor stops while the piece is under way; what it comes to is not waited for.</summary>
    protected virtual void Abandoned()
    {
    }

    protected void Run(Func<Task> work)
    {
        var outer = HandlerCall.Current;
        HandlerCall.Current = _call;
        try
        {
            _context.Run(() => _running = work());
        }
        finally
        {
            HandlerCall.Current = outer;
        }

        if (_running is { IsCompleted: false } running)
        {
            // The signal below finds the task completed; the context itself may have nothing left to post.
            running.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(OwnPeer.Signal);
        }
    }

    internal sealed override void BecomeLast()
    {
        // Its handler is told the end, as soon as there is one.
    }

    private protected sealed override void OnSignal()
    {
        _context.Run();
        while (true)
        {
            if (_running is null)
            {
                Next();
            }

            if (_running is not { IsCompleted: true } done)
            {
                return;
            }

            _running = null;
            Complete(done);
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        _context.Detach();
        base.PreRestart(reason, message);
    }

    protected override void PostStop()
    {
        _context.Detach();
        if (_running is { } running)
        {
            Abandoned();
            ObserveAsync(running, OwnPeer.Id, OwnPeer.Context.Log);
        }
    }

    private static async void ObserveAsync(Task running, string peer, ILoggingAdapter log)
    {
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            log.Debug("[{0}] the handler ended after its connection: {1}", peer, exception.Message);
        }
    }

    private void Complete(Task done)
    {
        if (done.IsCompletedSuccessfully)
        {
            Succeeded();
            return;
        }

        var exception = done.Exception?.InnerException ?? new TaskCanceledException(done);
        if (!Failed(exception))
        {
            // Whoever goes on after the supervisor's decision must look again.
            OwnPeer.Signal();
            ExceptionDispatchInfo.Throw(exception);
        }
    }
}
