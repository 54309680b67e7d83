using ActorSockets.Handlers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>Does one thing at regular times, until the server stops. It runs user code, and nobody waits for it.</summary>
internal sealed class TickActor : ReceiveActor, IWithTimers
{
    private readonly TickHook _hook;
    private readonly ServerContext _context;
    private readonly ILoggingAdapter _log;

    public TickActor(TickHook hook, ServerContext context)
    {
        (_hook, _context, _log) = (hook, context, context.Log);
        Receive<Tick>(_ => OnTick());
        Receive<Done>(_ => Schedule());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Schedule();

    private void OnTick()
    {
        if (!_context.Stopping.IsCancellationRequested)
        {
            // Not awaited by the actor: a tick that stops the server goes on when the actor is gone.
            ActAsync().PipeTo(Self, success: () => Done.Instance);
        }
    }

    private async Task ActAsync()
    {
        try
        {
            await _hook.Action(_context.Stopping);
        }
        catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception exception)
        {
            _log.Error(exception, "[{0}] a tick failed: {1}", _context.Name, exception.Message);
        }
    }

    private void Schedule() => Timers.StartSingleTimer(nameof(Tick), Tick.Instance, _hook.Interval);

    private sealed record Done : IDeadLetterSuppression
    {
        public static readonly Done Instance = new();
    }

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }
}
