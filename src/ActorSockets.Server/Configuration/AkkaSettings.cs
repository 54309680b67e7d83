using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSockets.Server.Configuration;

/// <summary>What can be wrong with Akka.NET's part of a configuration and would show only when it is used: while the program runs, or with a message that names no key.</summary>
internal static class AkkaSettings
{
    /// <summary>What is logged; a reload puts it in force.</summary>
    public const string LogLevelKey = "akka.loglevel";

    private const string Root = "akka";

    private static readonly string[] LogLevelKeys = [LogLevelKey, "akka.stdout-loglevel"];

    private static readonly string[] LogLevels = ["debug", "info", "warning", "error", "off"];

    /// <summary>What is a section by Akka.NET's own configuration must be one here as well: it would not be read otherwise, nor would its defaults.</summary>
    /// <param name="written">What the file says.</param>
    /// <exception cref="ConfigurationException">Something else stands there.</exception>
    public static void CheckSections(Config written)
    {
        if (written.HasPath(Root))
        {
            CheckSection(Root, written.GetValue(Root), ConfigurationFactory.Default().GetValue(Root));
        }
    }

    /// <summary>Akka.NET stumbles over a level that it does not know when it starts, and when it is told of another one while it runs.</summary>
    /// <param name="config">The whole configuration.</param>
    /// <exception cref="ConfigurationException">One of the levels is none.</exception>
    public static void CheckLogLevels(Config config)
    {
        foreach (var key in LogLevelKeys.Where(config.HasPath))
        {
            var level = config.GetValue(key) is { } value && value.IsString() ? value.GetString() : null;
            if (!LogLevels.Contains(level, StringComparer.OrdinalIgnoreCase))
            {
                throw new ConfigurationException($"{key}{(string.IsNullOrEmpty(level) ? "" : $" = {level}")} is not a log level; there are {string.Join(", ", LogLevels)}");
            }
        }
    }

    private static void CheckSection(string path, HoconValue written, HoconValue standard)
    {
        if (!written.IsObject())
        {
            throw new ConfigurationException($"{path} must be a section, as in {path} {{ … }}");
        }

        foreach (var (key, value) in written.GetObject().Items)
        {
            if (standard.GetObject().Items.TryGetValue(key, out var known) && known.IsObject())
            {
                CheckSection($"{path}.{key}", value, known);
            }
        }
    }
}
