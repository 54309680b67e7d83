using System.ComponentModel;
using ActorSockets.Hosting.Configuration;

namespace ActorSockets.Hosting;

/// <summary>The mode of a file in the host's configuration, in octal digits (<c>0660</c>).</summary>
/// <param name="Value">The mode.</param>
[TypeConverter(typeof(SettingValueConverter<OctalMode>))]
public readonly record struct OctalMode(UnixFileMode Value) : ISettingValue<OctalMode>
{
    private const int AllBits = 0x1FF;

    /// <summary>A <see cref="UnixFileMode"/> is one.</summary>
    /// <param name="value">The mode.</param>
    public static implicit operator OctalMode(UnixFileMode value) => new(value);

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>0660</c>.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static OctalMode Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= 4 && text.All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is var mode and <= AllBits
            ? new OctalMode((UnixFileMode)mode)
            : throw new FormatException($"'{text}' is not an octal mode of a file, as in 0660");
    }
}
