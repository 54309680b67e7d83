using System.Globalization;

namespace ActorSockets.Diagnostics;

/// <summary>Durations as they are written in a configuration.</summary>
internal static class ShortTime
{
    /// <summary>Such as <c>2h</c>, <c>1m</c>, <c>90s</c> or <c>100ms</c>.</summary>
    public static string Of(TimeSpan time) => time switch
    {
        { Ticks: > 0 } when time.Ticks % TimeSpan.TicksPerHour == 0 => $"{time.TotalHours}h",
        { Ticks: > 0 } when time.Ticks % TimeSpan.TicksPerMinute == 0 => $"{time.TotalMinutes}m",
        { Ticks: > 0, TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds}ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s"),
    };
}
