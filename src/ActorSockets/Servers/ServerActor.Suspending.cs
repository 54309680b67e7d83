using Akka.Actor;

namespace ActorSockets.Servers;

/// <content>Refusing new clients for a time, at some endpoints or at all. Who asks for it is answered here, also where the listeners' supervisor ends meanwhile.</content>
internal sealed partial class ServerActor
{
    private readonly List<Asking> _asking = [];
    private bool _acceptsNobody;
    private long _wish;

    /// <summary>Where nobody new is to be taken at this moment.</summary>
    private IReadOnlyCollection<Endpoint> WantedSuspended => _acceptsNobody ? _context.BoundEndpoints ?? [] : _context.SuspendedEndpoints;

    private void ReceiveSuspensions()
    {
        Receive<Suspend>(OnSuspend);
        Receive<Resume>(OnResume);
        Receive<ListenerSupervisor.Progress>(OnProgress);
    }

    private void OnSuspend(Suspend suspend)
    {
        foreach (var overtaken in TakeAsking(suspend.Endpoints, isSuspending: false))
        {
            overtaken.Done.TrySetException(new OperationCanceledException($"{WhatOf(overtaken.Endpoints)} was suspended meanwhile"));
        }

        foreach (var endpoint in suspend.Endpoints)
        {
            _context.Suspended(endpoint);
        }

        if (_context.SuspendedEndpoints.Count == _context.BoundEndpoints!.Distinct().Count())
        {
            _context.TryEnter(ServerState.Serving, ServerState.Suspended);
        }

        Ask(new Asking(suspend.Endpoints, IsSuspending: true, suspend.Done));
    }

    private void OnResume(Resume resume)
    {
        foreach (var overtaken in TakeAsking(resume.Endpoints, isSuspending: true))
        {
            overtaken.Done.TrySetResult();
        }

        foreach (var endpoint in resume.Endpoints)
        {
            _context.Resumed(endpoint);
        }

        _context.TryEnter(ServerState.Suspended, ServerState.Serving);
        Ask(new Asking(resume.Endpoints, IsSuspending: false, resume.Done));
    }

    private void Ask(Asking asking)
    {
        _asking.Add(asking);
        TellListeners();
    }

    /// <summary>What is wanted has changed.</summary>
    private void TellListeners()
    {
        var suspended = WantedSuspended;
        foreach (var router in _context.Routers)
        {
            if (suspended.Contains(router.Endpoint))
            {
                router.Suspend();
            }
            else
            {
                router.Open();
            }
        }

        _listeners.Tell(new ListenerSupervisor.Want(++_wish, suspended));
    }

    private void OnProgress(ListenerSupervisor.Progress progress)
    {
        if (progress.Wish != _wish)
        {
            // Of a wish before; the answer to the last one is on its way.
            return;
        }

        foreach (var asking in _asking.ToArray())
        {
            if (!asking.Endpoints.Intersect(asking.IsSuspending ? progress.Closing : progress.Closed).Any())
            {
                _asking.Remove(asking);
                asking.Done.TrySetResult();
            }
        }
    }

    private List<Asking> TakeAsking(IReadOnlyCollection<Endpoint> endpoints, bool isSuspending)
    {
        var taken = _asking.FindAll(asking => asking.IsSuspending == isSuspending && asking.Endpoints.Intersect(endpoints).Any());
        _asking.RemoveAll(taken.Contains);
        return taken;
    }

    private string WhatOf(IReadOnlyCollection<Endpoint> endpoints) =>
        endpoints.Count == _context.BoundEndpoints!.Count ? $"server '{_context.Name}'" : $"{string.Join(", ", endpoints)} of server '{_context.Name}'";

    /// <summary>Somebody who waits until these endpoints take nobody, or somebody again.</summary>
    private sealed record Asking(IReadOnlyCollection<Endpoint> Endpoints, bool IsSuspending, TaskCompletionSource Done);
}
