using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using ActorSockets.Hosting.Configuration;

namespace ActorSockets.Hosting;

/// <summary>A number of bytes in the host's configuration: <c>65536</c>, or as in HOCON <c>64KiB</c>, <c>1MiB</c>, <c>1GiB</c>.</summary>
/// <param name="Value">Bytes.</param>
[TypeConverter(typeof(SettingValueConverter<ByteSize>))]
public readonly partial record struct ByteSize(int Value) : ISettingValue<ByteSize>
{
    /// <summary>A number of bytes is one.</summary>
    /// <param name="value">Bytes.</param>
    public static implicit operator ByteSize(int value) => new(value);

    /// <summary>Reads one.</summary>
    /// <param name="text">Such as <c>64KiB</c>.</param>
    /// <exception cref="FormatException">It is none, or 2 GiB or more.</exception>
    public static ByteSize Parse(string text)
    {
        if (WithUnit().Match(text) is { Success: true } match
            && int.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var bytes = (long)number << match.Groups["unit"].Value switch { "KiB" => 10, "MiB" => 20, "GiB" => 30, _ => 0 };
            if (bytes <= int.MaxValue)
            {
                return (int)bytes;
            }
        }

        throw new FormatException($"'{text}' is not a size below 2GiB, as in 65536, 64KiB or 1MiB");
    }

    [GeneratedRegex(@"\A(?<number>[0-9]+) *(?<unit>B|KiB|MiB|GiB)?\z")]
    private static partial Regex WithUnit();
}
