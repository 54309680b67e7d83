using System.ComponentModel;
using ActorSockets.Hosting.Configuration;

namespace ActorSockets.Hosting;

/// <summary>A <see cref="Duration"/> in the host's configuration, or <c>off</c> (also <c>infinite</c>): none.</summary>
/// <param name="Value">The duration; null: off.</param>
[TypeConverter(typeof(SettingValueConverter<DurationOrOff>))]
public readonly record struct DurationOrOff(TimeSpan? Value) : ISettingValue<DurationOrOff>
{
    /// <summary>A <see cref="TimeSpan"/> is one, and null is off.</summary>
    /// <param name="value">The duration.</param>
    public static implicit operator DurationOrOff(TimeSpan? value) => new(value);

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>500ms</c>, <c>00:05:00</c> or <c>off</c>.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static DurationOrOff Parse(string text) => text is "off" or "infinite"
        ? new DurationOrOff(null)
        : Duration.Read(text) ?? throw new FormatException($"'{text}' is not a duration, as in 500ms, 15s, 5m or 00:00:15, or off");
}
