using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSockets.Server.Configuration;

/// <summary>Finds what differs between two configurations of the program beside its servers.</summary>
internal static class ConfigurationChanges
{
    private static readonly string[] Roots = ["actor-sockets", "akka"];

    // Servers are compared option by option, with their defaults.
    private static readonly string[] Others = ["actor-sockets.servers", "actor-sockets.defaults", AkkaSettings.LogLevelKey];

    /// <summary>The keys of what no reload puts in force, in order.</summary>
    public static IReadOnlyList<string> AtNextStart(Config before, Config after)
    {
        var (values, others) = (Read(before), Read(after));
        return
        [
            .. values.Keys.Union(others.Keys)
                .Where(key => values.GetValueOrDefault(key) != others.GetValueOrDefault(key))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static Dictionary<string, string> Read(Config config)
    {
        var values = new Dictionary<string, string>();
        for (var layer = config.WithFallback(ConfigurationFactory.Default()); layer is not null; layer = layer.Fallback)
        {
            if (layer.Root is { } root && root.IsObject())
            {
                foreach (var (key, value) in root.GetObject().Items.Where(item => Roots.Contains(item.Key)))
                {
                    Add(values, key, value);
                }
            }
        }

        return values;
    }

    // A layer that has been read has the last word.
    private static void Add(Dictionary<string, string> values, string path, HoconValue value)
    {
        if (Others.Contains(path))
        {
            return;
        }

        if (!value.IsObject())
        {
            values.TryAdd(path, Text(value));
            return;
        }

        foreach (var (key, child) in value.GetObject().Items)
        {
            Add(values, $"{path}.{(key.Contains('.', StringComparison.Ordinal) ? $"\"{key}\"" : key)}", child);
        }
    }

    private static string Text(HoconValue value) =>
        value.IsObject() ? $"{{{string.Join(", ", value.GetObject().Items.Select(item => $"{item.Key} = {Text(item.Value)}"))}}}"
        : value.Values.OfType<HoconArray>().FirstOrDefault() is { } list ? $"[{string.Join(", ", list.Select(Text))}]"
        : value.IsString() ? value.GetString() ?? "" : "";
}
