using Akka.Actor;

namespace ActorSockets.Servers;

/// <content>Who is served, who waits for a place, and who has to go for another.</content>
internal sealed partial class ServerActor
{
    /// <summary>Serves a connection that has its place.</summary>
    private void Start(Accepted accepted, ServeRequest? request = null)
    {
        _context.Counters.Accepted();
        var connection = new Connection(_context, _context.NextPeerId(), accepted.Endpoint, accepted.Transport, request);
        _context.Add(connection);

        // The limits by address may have changed while it was on its way here.
        connection.EnterAgain(_context.Gate);
        _connections.Tell(new ConnectionSupervisor.Start(connection));
    }

    private void Admit(Accepted accepted)
    {
        if (accepted.Refusal is { } reason)
        {
            RefuseForWantOfRoom(accepted, reason);
        }
        else if (accepted.HasPlace || _context.Admission.TryTake())
        {
            Start(accepted);
        }
        else if (_waiting.Count < _context.Options.Backlog && (_context.Options.Overflow == Overflow.Wait || TryEvict()))
        {
            _waiting.Enqueue(accepted);
        }
        else
        {
            RefuseForWantOfRoom(accepted, RefusalReason.ServerFull);
        }
    }

    /// <summary>Whoever is idle makes room soon, if somebody is.</summary>
    private bool TryEvict()
    {
        if (_context.Options.Overflow != Overflow.EvictIdle || _context.FindIdlest() is not { } idlest)
        {
            return false;
        }

        idlest.EndIdle(CloseReason.Evicted);
        return true;
    }

    /// <summary>There may be more places now.</summary>
    private void AdmitWaiting()
    {
        while (_waiting.Count > 0 && _context.Admission.TryTake())
        {
            Start(_waiting.Dequeue());
        }
    }

    private void OnEnded(ConnectionSupervisor.Ended ended)
    {
        if (ended.Peer is not Connection)
        {
            return;
        }

        if (_context.State is ServerState.Serving or ServerState.Suspended && _context.Admission.MayBeTakenOver && _waiting.TryDequeue(out var next))
        {
            // It has the place of the one that ended, and needs none of its own.
            GiveBackPlace(next);
            Start(next);
        }
        else
        {
            _context.Admission.Release();
            if (_waiting.Count > 0)
            {
                // More were there than there are places now: one who went is not enough.
                TryEvict();
            }
        }
    }

    /// <summary>What was accepted before the server served: now each is admitted, waits or is refused.</summary>
    private void AdmitAll()
    {
        var early = _waiting.ToArray();
        _waiting.Clear();
        Array.ForEach(early, Admit);
    }
}
