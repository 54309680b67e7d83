using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using ActorSockets.Hosting.Configuration;

namespace ActorSockets.Hosting;

/// <summary>
/// A duration in the host's configuration: as in HOCON, with one of the units <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c>,
/// <c>d</c> (<c>15s</c>), or as .NET writes it (<c>00:00:15</c>). A number alone is none: .NET would take it for days.
/// </summary>
/// <param name="Value">The duration.</param>
[TypeConverter(typeof(SettingValueConverter<Duration>))]
public readonly partial record struct Duration(TimeSpan Value) : ISettingValue<Duration>
{
    /// <summary>A <see cref="TimeSpan"/> is one.</summary>
    /// <param name="value">The duration.</param>
    public static implicit operator Duration(TimeSpan value) => new(value);

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>500ms</c> or <c>00:05:00</c>.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static Duration Parse(string text) =>
        Read(text) ?? throw new FormatException($"'{text}' is not a duration, as in 500ms, 15s, 5m or 00:00:15");

    /// <summary>Null where the text is none.</summary>
    internal static TimeSpan? Read(string text)
    {
        if (WithUnit().Match(text) is not { Success: true } match)
        {
            return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;
        }

        var unit = match.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            _ => TimeSpan.TicksPerDay,
        };
        var ticks = double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * unit;
        return ticks < TimeSpan.MaxValue.Ticks ? TimeSpan.FromTicks((long)ticks) : null;
    }

    [GeneratedRegex(@"\A(?<number>[0-9]+(\.[0-9]+)?) *(?<unit>ms|s|m|h|d)\z")]
    private static partial Regex WithUnit();
}
