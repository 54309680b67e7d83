using System.Reflection;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSockets.Server.Configuration;

/// <summary>The assemblies that <c>actor-sockets.plugins</c> lists.</summary>
internal static class Plugins
{
    private const string Key = "actor-sockets.plugins";

    /// <exception cref="ConfigurationException">One of them cannot be loaded.</exception>
    public static IReadOnlyList<Assembly> Load(ConfigurationSource source)
    {
        if (!source.Config.HasPath(Key))
        {
            return [];
        }

        // Akka.NET does not take an empty list for an array.
        var files = source.Config.GetValue(Key).Values.OfType<HoconArray>().FirstOrDefault();
        if (files is null || !files.All(element => element.IsString() && !string.IsNullOrEmpty(element.GetString())))
        {
            throw new ConfigurationException($"{Key} is not a list of assembly files, as in [ \"MyApp.dll\" ]");
        }

        return [.. files.Select(element => Load(Path.Combine(source.Directory, element.GetString())))];
    }

    private static Assembly Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new ConfigurationException($"{Key}: the file '{path}' does not exist");
        }

        try
        {
            return Assembly.LoadFrom(path);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{Key}: '{path}' cannot be loaded: {exception.Message}", exception);
        }
    }
}
