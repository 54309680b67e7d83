namespace ActorSockets.Handlers;

/// <summary>What a server does at regular times.</summary>
internal sealed record TickHook(TimeSpan Interval, Func<CancellationToken, Task> Action);
