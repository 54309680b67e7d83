using System.ComponentModel;
using System.Globalization;
using ActorSockets.Hosting.Configuration;

namespace ActorSockets.Hosting;

/// <summary>A whole number in the host's configuration, or <c>off</c>: none.</summary>
/// <param name="Value">The number; null: off.</param>
[TypeConverter(typeof(SettingValueConverter<NumberOrOff>))]
public readonly record struct NumberOrOff(int? Value) : ISettingValue<NumberOrOff>
{
    /// <summary>A number is one, and null is off.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator NumberOrOff(int? value) => new(value);

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>100</c> or <c>off</c>.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static NumberOrOff Parse(string text) => text == "off" ? new NumberOrOff(null)
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new NumberOrOff(number)
        : throw new FormatException($"'{text}' is not a whole number or off");
}
