using ActorSockets.Diagnostics;

namespace ActorSockets;

/// <summary>
/// What an exception in user code does, and how often it may do so. It takes the place of <c>socketserver</c>'s
/// thread and fork mix-ins: what isolates handlers from each other is supervision.
/// </summary>
/// <param name="OnFailure">What is done.</param>
/// <param name="Max">How many restarts or resumes one connection may have in <paramref name="Within"/>; one more closes it. −1: no limit.</param>
/// <param name="Within">The sliding window of the budget; <see cref="Timeout.InfiniteTimeSpan"/>: the connection's whole life.</param>
public sealed record RestartPolicy(OnFailure OnFailure, int Max, TimeSpan Within)
{
    /// <summary>The number of restarts that <see cref="Restart"/> and <see cref="Resume"/> allow unless told otherwise: 10 within <see cref="DefaultWithin"/>.</summary>
    public const int DefaultMax = 10;

    /// <summary>The window of the default budget: one minute.</summary>
    public static TimeSpan DefaultWithin { get; } = TimeSpan.FromMinutes(1);

    /// <summary>Close the connection after its output is flushed. The default for stream endpoints.</summary>
    public static RestartPolicy Close { get; } = new(OnFailure.Close, 0, DefaultWithin);

    /// <summary>Stop the whole server.</summary>
    public static RestartPolicy Escalate { get; } = new(OnFailure.Escalate, 0, DefaultWithin);

    /// <summary>Go on with a fresh handler on the same socket. The default for datagram peers.</summary>
    /// <param name="max">Restarts allowed in <paramref name="within"/>; −1: no limit.</param>
    /// <param name="within">The window; default one minute.</param>
    public static RestartPolicy Restart(int max = DefaultMax, TimeSpan? within = null) =>
        new(OnFailure.Restart, max, within ?? DefaultWithin);

    /// <summary>Drop the failing message and go on with the same handler.</summary>
    /// <param name="max">Failures allowed in <paramref name="within"/>; −1: no limit.</param>
    /// <param name="within">The window; default one minute.</param>
    public static RestartPolicy Resume(int max = DefaultMax, TimeSpan? within = null) =>
        new(OnFailure.Resume, max, within ?? DefaultWithin);

    /// <summary>The policy in the words of the configuration, such as <c>restart (10 within 1m)</c>.</summary>
    public override string ToString()
    {
        var name = OnFailure.ToString().ToLowerInvariant();
        return OnFailure is OnFailure.Close or OnFailure.Escalate
            ? name
            : Max < 0
                ? $"{name} (no limit)"
                : Within == Timeout.InfiniteTimeSpan ? $"{name} ({Max})" : $"{name} ({Max} within {ShortTime.Of(Within)})";
    }
}
