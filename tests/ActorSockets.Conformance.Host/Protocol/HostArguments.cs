using System.Globalization;

namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>The command line that all subjects have: <c>--listen ENDPOINT (--handler NAME | --program NAME) [--preset PRESET] [--set NAME=VALUE]...</c></summary>
internal sealed class HostArguments
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string Listen { get; private set; } = "tcp://127.0.0.1:0";

    public string Handler { get; private set; } = "";

    public string Program { get; private set; } = "serve";

    public string Preset { get; private set; } = "concurrent";

    public static HostArguments Parse(string[] args)
    {
        var arguments = new HostArguments();
        for (var index = 0; index + 1 < args.Length; index += 2)
        {
            arguments.Take(args[index], args[index + 1]);
        }

        return arguments;
    }

    public string? Option(string name)
    {
        _known.Add(name);
        return _options.GetValueOrDefault(name);
    }

    public double? Number(string name) =>
        Option(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    public TimeSpan? Seconds(string name) => Number(name) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <exception cref="RefusalException">There is an option that nobody has asked for.</exception>
    public void RefuseOthers()
    {
        if (_options.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
        {
            throw new RefusalException($"our host has no option '{unknown}'");
        }
    }

    private void Take(string name, string value)
    {
        switch (name)
        {
            case "--listen":
                Listen = value;
                break;
            case "--handler":
                Handler = value;
                break;
            case "--program":
                Program = value;
                break;
            case "--preset":
                Preset = value;
                break;
            case "--set" when value.Split('=', 2) is [var option, var text]:
                _options[option] = text;
                break;
            default:
                throw new RefusalException($"our host has no argument '{name} {value}'");
        }
    }
}
