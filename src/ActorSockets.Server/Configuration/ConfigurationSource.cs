using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Configuration;

namespace ActorSockets.Server.Configuration;

/// <summary>A configuration as it was written, and where it came from.</summary>
/// <param name="Name">The file, for messages.</param>
/// <param name="Directory">What relative paths in it are relative to.</param>
/// <param name="Config">What it says, without any defaults, and with absolute paths of certificates.</param>
internal sealed partial record ConfigurationSource(string Name, string Directory, Config Config)
{
    private const string EmbeddedName = "ActorSockets.Server.actor-sockets.conf";

    /// <summary>Reads a file, or without one the configuration that is built into the program.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is not HOCON.</exception>
    public static ConfigurationSource Read(string? path) =>
        path is null
            ? new(EmbeddedName, Environment.CurrentDirectory, Parse("the embedded configuration", ReadEmbedded()))
            : path.Length == 0
                ? throw new ConfigurationException("--config names no file")
                : InDirectory(path, Path.GetDirectoryName(Path.GetFullPath(path))!);

    private static ConfigurationSource InDirectory(string path, string directory)
    {
        var config = Parse(path, ReadFile(path));
        CertificatePaths.MakeAbsolute(config, directory);
        return new(path, directory, config);
    }

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"the configuration file '{path}' does not exist", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"the configuration file '{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private static string ReadEmbedded()
    {
        using var reader = new StreamReader(typeof(ConfigurationSource).Assembly.GetManifestResourceStream(EmbeddedName)!);
        return reader.ReadToEnd();
    }

    private static Config Parse(string name, string text)
    {
        if (HoconText.FindError(text) is { } error)
        {
            throw new ConfigurationException($"{name} is not valid HOCON: {error}");
        }

        try
        {
            var config = ConfigurationFactory.ParseString(text);
            return HoconSubstitutions.FindCircle(config.Root) is { } path
                ? throw new ConfigurationException($"${{{path}}} leads back to itself")
                : config;
        }
        catch (Exception exception)
        {
            // The parser of Akka.NET throws whatever it stumbles over, down to NullReferenceException.
            throw new ConfigurationException($"{name} is not valid HOCON: {WithLine(exception.Message, text)}", exception);
        }
    }

    /// <summary>Says the line where the parser counts characters.</summary>
    private static string WithLine(string message, string text)
    {
        var position = Position().Match(message);
        return position.Success && int.Parse(position.Value, CultureInfo.InvariantCulture) is var characters && characters <= text.Length
            ? $"line {text.AsSpan(0, characters).Count('\n') + 1}: {message}"
            : message;
    }

    [GeneratedRegex("(?<=position )[0-9]{1,9}")]
    private static partial Regex Position();
}
