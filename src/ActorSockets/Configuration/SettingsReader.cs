using System.Globalization;
using Akka.Configuration;

namespace ActorSockets.Configuration;

/// <summary>Typed values of one section, or of its defaults; errors name the key as the user wrote it.</summary>
internal sealed class SettingsReader(Config config, string section, string defaults)
{
    public string NameOf(string key) => $"{section}.{key}";

    public bool HasOwn(string key) => config.HasPath(NameOf(key));

    public string Text(string key) => Read(key, "text", path => config.GetString(path));

    public IList<string> Texts(string key) => Read(key, "a list, as in [ \"…\", \"…\" ]", path => config.GetStringList(path));

    public int Number(string key) => Read(key, "a whole number", path =>
        int.Parse(config.GetString(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    public int Size(string key) => Read(key, "a size, as in 64KiB", path => checked((int)config.GetByteSize(path)!.Value));

    public TimeSpan Time(string key) => Read(key, "a duration, as in 500ms, 15s or 5m", ParseTime);

    /// <summary>A duration, or null for one word.</summary>
    public TimeSpan? TimeOr(string key, string word) => Read(key, $"a duration, as in 500ms, 15s or 5m, or {word}", path =>
        config.GetString(path) == word ? (TimeSpan?)null : ParseTime(path));

    public TChoice Choice<TChoice>(string key, params string[] alsoAllowed)
        where TChoice : struct, Enum
    {
        var names = Enum.GetNames<TChoice>().Select(name => name.ToLowerInvariant()).ToArray();
        return Read(key, "one of " + string.Join(", ", names.Concat(alsoAllowed)), path =>
            Array.IndexOf(names, config.GetString(path)) is >= 0 and var index
                ? Enum.GetValues<TChoice>()[index]
                : throw new FormatException());
    }

    private TimeSpan ParseTime(string path) => char.IsAsciiLetter(config.GetString(path)[^1])
        ? config.GetTimeSpan(path, allowInfinite: false)
        : throw new FormatException();

    private T Read<T>(string key, string expected, Func<string, T> read)
    {
        var path = HasOwn(key) ? NameOf(key) : $"{defaults}.{key}";
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            throw new ConfigurationException($"{path} = {config.GetValue(path)} is not {expected}", exception);
        }
    }
}
