using Akka.Actor;

namespace ActorSockets.Servers;

/// <content>Refusing new clients for a time. Who asks for it is answered here, also where the listeners' supervisor ends meanwhile.</content>
internal sealed partial class ServerActor
{
    private readonly List<TaskCompletionSource> _suspensions = [];
    private readonly List<TaskCompletionSource> _resumptions = [];
    private long _wish;
    private bool _isSuspended;

    private void ReceiveSuspensions()
    {
        Receive<Suspend>(suspend =>
        {
            _context.TryEnter(ServerState.Serving, ServerState.Suspended);
            _suspensions.Add(suspend.Done);
            SuspendListeners();
        });
        Receive<Resume>(resume =>
        {
            _context.TryEnter(ServerState.Suspended, ServerState.Serving);
            _resumptions.Add(resume.Done);
            ResumeListeners();
        });
        Receive<ListenerSupervisor.Suspended>(suspended => Answer(_suspensions, suspended.Wish));
        Receive<ListenerSupervisor.Resumed>(resumed => Answer(_resumptions, resumed.Wish));
    }

    private void SuspendListeners()
    {
        _isSuspended = true;
        _resumptions.ForEach(done => done.TrySetException(new OperationCanceledException($"server '{_context.Name}' was suspended meanwhile")));
        _resumptions.Clear();
        foreach (var router in _context.Routers)
        {
            router.Suspend();
        }

        _listeners.Tell(new ListenerSupervisor.Suspend(++_wish));
    }

    private void ResumeListeners()
    {
        _isSuspended = false;
        _suspensions.ForEach(done => done.TrySetResult());
        _suspensions.Clear();
        OpenRouters();
        _listeners.Tell(new ListenerSupervisor.Resume(++_wish));
    }

    private void OpenRouters()
    {
        foreach (var router in _context.Routers)
        {
            router.Open();
        }
    }

    /// <summary>What was wished last has been done.</summary>
    private void Answer(List<TaskCompletionSource> asking, long wish)
    {
        if (wish == _wish)
        {
            asking.ForEach(done => done.TrySetResult());
            asking.Clear();
        }
    }
}
