using System.Globalization;
using System.Text.Json;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSockets.Configuration;

/// <summary>Typed values of one section, or of its defaults; errors name the key as the user wrote it.</summary>
internal sealed class SettingsReader(Config config, string section, string defaults)
{
    private static readonly string[] CertificateKeys = ["certificate", "key", "password-file"];

    public string NameOf(string key) => $"{section}.{key}";

    public bool HasOwn(string key) => config.HasPath(NameOf(key));

    public string Text(string key) => Read(key, "text", Scalar);

    public string TextOrEmpty(string key) => Read(key, "text", path =>
        config.GetValue(path) is { } value && value.IsString() ? value.GetString() ?? "" : throw new FormatException());

    public IReadOnlyList<string> Texts(string key) => Read<IReadOnlyList<string>>(key, "a list of texts, none of them empty, as in [ \"…\", \"…\" ]", path =>
        config.GetValue(path) is { } value && value.IsArray() && value.GetArray().All(element => element.IsString() && !string.IsNullOrEmpty(element.GetString()))
            ? [.. value.GetArray().Select(element => element.GetString())]
            : throw new FormatException());

    public IReadOnlyList<TlsCertificateFiles> Certificates(string key) => Read<IReadOnlyList<TlsCertificateFiles>>(
        key, "a list of certificates, as in [ { certificate = \"…\", key = \"…\" } ]", path => Items(path, (element, index) => Certificate($"{path}[{index}]", element)));

    public bool Switch(string key) => Read(key, "on or off", path => ParseSwitch(Scalar(path)));

    /// <summary>On or off, or null for one word.</summary>
    public bool? SwitchOr(string key, string word) => Read(key, $"on, off or {word}", path =>
        Scalar(path) is var text && text == word ? (bool?)null : ParseSwitch(text));

    public UnixFileMode FileMode(string key) => Read(key, "an octal mode of a file, as in 0660", path =>
        Scalar(path) is { Length: <= 4 } text && text.All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is var mode and <= 0x1FF
            ? (UnixFileMode)mode
            : throw new FormatException());

    public IReadOnlyList<uint> UserIds(string key) => ListOf(key, "a list of user ids, as in [ 0, 1000 ]", element =>
        uint.Parse(element, NumberStyles.None, CultureInfo.InvariantCulture));

    public IReadOnlyList<string> TextsOrNone(string key) => ListOf(key, "a list of texts, none of them empty, as in [ \"…\", \"…\" ]", element =>
        element.Length > 0 ? element : throw new FormatException());

    public int Number(string key) => Read(key, "a whole number", path =>
        int.Parse(Scalar(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    /// <summary>A whole number, or null for off.</summary>
    public int? NumberOrOff(string key) => Read(key, "a whole number or off", path =>
        Scalar(path) is var text and not "off" ? int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : (int?)null);

    public int Size(string key) => Read(key, "a size, as in 64KiB", ParseSize);

    /// <summary>A size, or null for off.</summary>
    public int? SizeOrOff(string key) => Read(key, "a size, as in 64KiB, or off", path => Scalar(path) == "off" ? (int?)null : ParseSize(path));

    public TimeSpan Time(string key) => Read(key, "a duration, as in 500ms, 15s or 5m", ParseTime);

    /// <summary>A duration, or null for one word.</summary>
    public TimeSpan? TimeOr(string key, string word) => Read(key, $"a duration, as in 500ms, 15s or 5m, or {word}", path =>
        Scalar(path) == word ? (TimeSpan?)null : ParseTime(path));

    public TChoice Choice<TChoice>(string key, params string[] alsoAllowed)
        where TChoice : struct, Enum
    {
        var names = Enum.GetNames<TChoice>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName).ToArray();
        return Read(key, "one of " + string.Join(", ", names.Concat(alsoAllowed)), path =>
            Array.IndexOf(names, Scalar(path)) is >= 0 and var index
                ? Enum.GetValues<TChoice>()[index]
                : throw new FormatException());
    }

    private IReadOnlyList<T> ListOf<T>(string key, string expected, Func<string, T> parse) => Read<IReadOnlyList<T>>(key, expected, path =>
        Items(path, (element, _) => parse(element.GetString())));

    // Akka.NET does not take an empty list for an array.
    private IReadOnlyList<T> Items<T>(string path, Func<HoconValue, int, T> read) => config.GetValue(path)?.Values.OfType<HoconArray>().FirstOrDefault() is { } items
        ? items.Count == 0 ? [] : [.. items.Select(read)]
        : throw new FormatException();

    private static TlsCertificateFiles Certificate(string name, HoconValue value)
    {
        var files = value.IsObject() ? value.GetObject().Items : throw new FormatException();
        if (files.Keys.Except(CertificateKeys).FirstOrDefault() is { } unknown)
        {
            throw new ConfigurationException($"unknown key {name}.{unknown}; known here: {string.Join(", ", CertificateKeys)}");
        }

        return new TlsCertificateFiles(PathAt("certificate"), PathAt("key"), PathAt("password-file"));

        string PathAt(string key) => !files.TryGetValue(key, out var path) ? ""
            : path.IsString() ? path.GetString() ?? "" : throw new ConfigurationException($"{name}.{key} {Describe(path)} not text");
    }

    private static bool ParseSwitch(string text) => text switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => throw new FormatException(),
    };

    private int ParseSize(string path) => Scalar(path).Length > 0 ? checked((int)config.GetByteSize(path)!.Value) : 0;

    private TimeSpan ParseTime(string path) => char.IsAsciiLetter(Scalar(path)[^1])
        ? config.GetTimeSpan(path, allowInfinite: false)
        : throw new FormatException();

    private string Scalar(string path) =>
        config.GetValue(path) is { } value && value.IsString() && value.GetString() is { Length: > 0 } text ? text : throw new FormatException();

    private T Read<T>(string key, string expected, Func<string, T> read)
    {
        var path = HasOwn(key) ? NameOf(key) : $"{defaults}.{key}";
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            throw new ConfigurationException($"{path} {Describe(config.GetValue(path))} not {expected}", exception);
        }
    }

    // Never the value's own ToString: it does not return from a substitution that leads nowhere.
    private static string Describe(HoconValue? value) => value switch
    {
        null => "is empty,",
        _ when value.IsArray() => $"= [ {string.Join(", ", value.GetArray().Select(element => element.IsString() ? element.GetString() : "…"))} ] is",
        _ when value.IsObject() => "is a section,",
        _ when value.IsString() && value.GetString() is { Length: > 0 } text => $"= {text} is",
        _ => "is empty,",
    };
}
