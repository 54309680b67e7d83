using ActorSockets.Handlers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>Does one thing at regular times, while the server serves. It runs user code, and nobody waits for it.</summary>
internal sealed class TickActor : ReceiveActor, IWithTimers
{
    private readonly TickHook _hook;
    private readonly ServerContext _context;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public TickActor(TickHook hook, ServerContext context)
    {
        (_hook, _context) = (hook, context);
        ReceiveAsync<Tick>(_ => ActAsync());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Schedule();

    private async Task ActAsync()
    {
        if (_context.Stopping.IsCancellationRequested)
        {
            return;
        }

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

        Schedule();
    }

    private void Schedule() => Timers.StartSingleTimer(nameof(Tick), Tick.Instance, _hook.Interval);

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }
}
