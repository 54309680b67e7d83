using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <content>Giving endpoints up for a time, and binding them again.</content>
internal sealed partial class ListenerSupervisor
{
    private long _wish;

    private void OnWant(Want want)
    {
        _wish = want.Wish;
        foreach (var slot in _slots)
        {
            var isSuspended = want.Suspended.Contains(slot.Bound!);
            if (slot.IsSuspended == isSuspended)
            {
                continue;
            }

            slot.IsSuspended = isSuspended;
            if (slot.Router is not null)
            {
                continue;
            }

            if (isSuspended)
            {
                GiveUp(slot);
            }
            else
            {
                BindAgain(slot);
            }
        }

        ReportProgress();
    }

    private void GiveUp(Slot slot)
    {
        Timers.Cancel(slot.Index);
        slot.IsResuming = false;
        _context.Regained(slot.Bound!);
        slot.IsGivenUp = slot.Actor is not null;
        slot.Actor?.Tell(ListenerActor.Unbind.Instance);
    }

    private void BindAgain(Slot slot)
    {
        slot.IsResuming = true;
        if (slot.Actor is null)
        {
            StartListener(slot);
        }
    }

    private void ReportProgress()
    {
        if (_started)
        {
            Context.Parent.Tell(new Progress(
                _wish,
                [.. _slots.Where(slot => slot.StaysUnbound && slot.Actor is not null).Select(slot => slot.Bound!)],
                [.. _slots.Where(slot => slot.IsSuspended || !slot.IsUp || slot.IsResuming).Select(slot => slot.Bound!)]));
        }
    }

    /// <summary>From the server: take nobody new at these endpoints, and serve at all others. Answered by <see cref="Progress"/>, until everything is so.</summary>
    /// <param name="Wish">Its number, to be named in the answer.</param>
    /// <param name="Suspended">Some of the bound endpoints.</param>
    public sealed record Want(long Wish, IReadOnlyCollection<Endpoint> Suspended) : IDeadLetterSuppression;

    /// <summary>How far a wish has come.</summary>
    /// <param name="Wish">Its number.</param>
    /// <param name="Closing">Endpoints that are to take nobody, and do not refuse new clients yet.</param>
    /// <param name="Closed">Endpoints that take nobody at this moment.</param>
    public sealed record Progress(long Wish, IReadOnlyCollection<Endpoint> Closing, IReadOnlyCollection<Endpoint> Closed);
}
