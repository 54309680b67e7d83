using ActorSockets.Connections;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <content>Who is refused, with or without a farewell.</content>
internal sealed partial class ServerActor
{
    private Farewells _farewells = null!;

    private void PrepareFarewells()
    {
        var self = Self;
        _farewells = new Farewells(_context, gone => self.Tell(new Dismissed(gone), ActorRefs.NoSender));
    }

    private void ReceiveFarewells()
    {
        Receive<Dismissed>(dismissed =>
        {
            _farewells.Forget(dismissed.Farewell);
            UnbindWhenDrained();
        });
        Receive<FarewellSweep>(_ =>
        {
            _farewells.Sweep(RunningTime.Look());
            SweepFarewells();
        });
    }

    // While there is none, nobody looks.
    private void SweepFarewells()
    {
        if (!_farewells.AreOver && !Timers.IsTimerActive(nameof(FarewellSweep)))
        {
            Timers.StartSingleTimer(nameof(FarewellSweep), FarewellSweep.Instance, _context.SweepInterval);
        }
    }

    private void RefuseForWantOfRoom(Accepted accepted, RefusalReason reason)
    {
        _log.Debug("[{0}] refused {1}: {2}", _context.Name, accepted.Transport.RemoteEndPoint, reason);
        if (_context.Options.RejectWith.IsEmpty)
        {
            Refuse(accepted, reason);
            return;
        }

        _context.Counters.Refused(reason);
        _farewells.Say(accepted.Transport);
        SweepFarewells();
        GiveBackPlace(accepted);
    }

    private void RefuseWaiting()
    {
        while (_waiting.TryDequeue(out var accepted))
        {
            Refuse(accepted, RefusalReason.NotServing);
        }
    }

    private void Refuse(Accepted accepted, RefusalReason reason)
    {
        _context.Counters.Refused(reason);
        accepted.Transport.Refuse(reason);
        GiveBackPlace(accepted);
    }

    private void GiveBackPlace(Accepted accepted)
    {
        if (accepted.HasPlace)
        {
            _context.Admission.Release();
        }
    }

    private sealed record Dismissed(Farewell Farewell) : IDeadLetterSuppression;

    private sealed record FarewellSweep
    {
        public static readonly FarewellSweep Instance = new();
    }
}
