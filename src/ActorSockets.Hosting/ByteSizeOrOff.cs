using System.ComponentModel;
using ActorSockets.Hosting.Configuration;

namespace ActorSockets.Hosting;

/// <summary>A <see cref="ByteSize"/> in the host's configuration, or <c>off</c>: none.</summary>
/// <param name="Value">Bytes; null: off.</param>
[TypeConverter(typeof(SettingValueConverter<ByteSizeOrOff>))]
public readonly record struct ByteSizeOrOff(int? Value) : ISettingValue<ByteSizeOrOff>
{
    /// <summary>A number of bytes is one, and null is off.</summary>
    /// <param name="value">Bytes.</param>
    public static implicit operator ByteSizeOrOff(int? value) => new(value);

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>64KiB</c> or <c>off</c>.</param>
    /// <exception cref="FormatException">It is none, or 2 GiB or more.</exception>
    public static ByteSizeOrOff Parse(string text) => text == "off" ? new ByteSizeOrOff(null) : new ByteSizeOrOff(ByteSize.Parse(text).Value);
}
