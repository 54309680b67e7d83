namespace ActorSockets.Servers;

/// <summary>The longest time that timers are set to: they take not much more, and nobody waits so long.</summary>
internal static class TimerLimit
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(20);

    /// <summary>The same time, or the longest.</summary>
    public static TimeSpan Cut(TimeSpan time) => time < Longest ? time : Longest;
}
