using System.ComponentModel;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting.Configuration;

/// <summary>Reads <c>ActorSockets</c> of the host's configuration, and refuses what it does not know.</summary>
internal sealed class SettingsReader(IConfiguration? configuration)
{
    private const string Root = "ActorSockets";
    private const string Servers = "Servers";

    /// <summary>Refuses sections that nobody reads.</summary>
    /// <exception cref="OptionsValidationException">There is one.</exception>
    public void RefuseUnknown(IReadOnlyCollection<string> servers)
    {
        RequireSection(Root);
        RequireSection($"{Root}:{Servers}");
        foreach (var section in Children(Root))
        {
            Require(Is(section, Servers), $"{section.Path} is unknown; known here: {Servers}");
        }

        foreach (var section in Children($"{Root}:{Servers}"))
        {
            Require(
                servers.Contains(section.Key, StringComparer.OrdinalIgnoreCase),
                $"{section.Path}: there is no server of this name; there is {string.Join(", ", servers)}");
        }
    }

    /// <exception cref="OptionsValidationException">A key does not exist, or a value is wrong; the message names it.</exception>
    public SocketServerSettings Read(string server)
    {
        var section = configuration?.GetSection($"{Root}:{Servers}:{server}");
        if (section is null || !section.Exists())
        {
            return new SocketServerSettings();
        }

        RequireShape(section, typeof(SocketServerSettings));
        var settings = Bind(section);
        var result = new SocketServerSettingsValidator().Validate(section.Path, settings);
        return result.Failed ? throw Wrong([.. result.Failures.Select(failure => PathOf(section, failure))]) : settings;
    }

    // The generated validator writes the members below the section in C#'s way, and the last of them in front again.
    private static string PathOf(IConfigurationSection section, string failure) => Regex.Replace(
        failure, $@"^(?:\w+: )?(.*?{Regex.Escape(section.Path)})((\.\w+)+)", match => match.Groups[1].Value + match.Groups[2].Value.Replace('.', ':'));

    private void RequireSection(string path)
    {
        if (configuration?.GetSection(path).Value is { Length: > 0 } value)
        {
            throw Wrong($"{path} = {value} is not a section");
        }
    }

    private IEnumerable<IConfigurationSection> Children(string path) => configuration?.GetSection(path).GetChildren() ?? [];

    private static SocketServerSettings Bind(IConfigurationSection section)
    {
        try
        {
            return section.Get<SocketServerSettings>() ?? new SocketServerSettings();
        }
        catch (InvalidOperationException exception)
        {
            // The binder names the key, and what is wrong with the value is inside.
            throw Wrong(exception.InnerException is { Message: var why } ? $"{exception.Message} {why}" : exception.Message);
        }
    }

    // The binder passes over keys that it does not know, and over values where it expects a section.
    private static void RequireShape(IConfigurationSection section, Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var itemType = type.GetGenericArguments()[0];
            var converter = TypeDescriptor.GetConverter(itemType);
            if (!converter.CanConvertFrom(typeof(string)))
            {
                Require(string.IsNullOrEmpty(section.Value), $"{section.Path} = {section.Value} is not a list of sections");
                foreach (var item in section.GetChildren())
                {
                    RequireShape(item, itemType);
                }

                return;
            }

            Require(section.Value is null && section.GetChildren().All(item => !string.IsNullOrEmpty(item.Value)), $"{section.Path} is not a list of values, none of them empty");

            // The binder leaves out what it cannot read.
            var wrong = section.GetChildren().FirstOrDefault(item => !converter.IsValid(item.Value!));
            Require(wrong is null, $"{wrong?.Path} = {wrong?.Value} is not a {itemType.Name}");
        }
        else if (TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)))
        {
            Require(!section.GetChildren().Any(), $"{section.Path} is a section, not a value");
            RequireName(section, Nullable.GetUnderlyingType(type) ?? type);
            Require(section.Value is not (null or "") || (section.Value is "" && type == typeof(string)), $"{section.Path} is empty");
        }
        else
        {
            Require(string.IsNullOrEmpty(section.Value), $"{section.Path} = {section.Value} is not a section");
            var properties = type.GetProperties();
            foreach (var child in section.GetChildren())
            {
                var property = Array.Find(properties, property => Is(child, property.Name));
                Require(property is not null, $"{child.Path} is unknown; known here: {string.Join(", ", properties.Select(known => known.Name).Order(StringComparer.Ordinal))}");
                RequireShape(child, property!.PropertyType);
            }
        }
    }

    // The binder takes numbers, known or not, and several names as one value.
    private static void RequireName(IConfigurationSection section, Type type)
    {
        if (type.IsEnum)
        {
            var names = Enum.GetNames(type);
            Require(names.Contains(section.Value, StringComparer.OrdinalIgnoreCase), $"{section.Path} = {section.Value} is none of {string.Join(", ", names)}");
        }
    }

    private static bool Is(IConfigurationSection section, string key) => string.Equals(section.Key, key, StringComparison.OrdinalIgnoreCase);

    private static void Require(bool holds, string failure)
    {
        if (!holds)
        {
            throw Wrong(failure);
        }
    }

    private static OptionsValidationException Wrong(params string[] failures) => new(Root, typeof(SocketServerSettings), failures);
}
