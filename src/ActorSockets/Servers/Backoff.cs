namespace ActorSockets.Servers;

/// <summary>The pauses before something is tried again: <c>rebind.min-backoff</c>, then twice that each time, up to <c>rebind.max-backoff</c>.</summary>
internal sealed class Backoff(ServerContext context)
{
    private TimeSpan? _next;

    /// <summary>The pause before the next try.</summary>
    public TimeSpan Pause => _next ?? context.Options.MinRebindBackoff;

    /// <summary>The pause before this try; the one before the next is twice as long.</summary>
    public TimeSpan Next()
    {
        var pause = Pause;
        _next = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, context.Options.MaxRebindBackoff.Ticks));
        return pause;
    }

    /// <summary>It has succeeded.</summary>
    public void Reset() => _next = null;
}
