using System.Reflection;
using ActorSockets.Server.BuiltIn;
using Akka.Configuration;

namespace ActorSockets.Server.Handlers;

/// <summary>Finds what a <c>handler</c> setting names: a built-in handler, or a type of a plugin.</summary>
internal sealed class HandlerResolver(IReadOnlyList<Assembly> plugins)
{
    private static readonly Type[] StreamKinds = [typeof(StreamRequestHandler), typeof(ConnectionActor)];
    private static readonly Type[] DatagramKinds = [typeof(DatagramRequestHandler), typeof(DatagramActor)];

    /// <exception cref="ConfigurationException">There is no such handler, or it does not fit one of the endpoints.</exception>
    public HandlerDescription Resolve(ServerConfiguration server)
    {
        var key = $"actor-sockets.servers.{server.Name}.handler";
        var handler = Find(key, server.Handler);
        foreach (var endpoint in server.Endpoints)
        {
            if ((endpoint.IsDatagram && handler.Datagram is null) || (endpoint.IsStream && handler.Stream is null))
            {
                var why = endpoint.IsDatagram && handler.WhyNoDatagrams is { } reason ? $": {reason}" : $"; it serves {handler.Serves} only";
                throw new ConfigurationException($"{key}: '{handler.Name}' cannot serve {endpoint}{why}");
            }
        }

        return handler;
    }

    private HandlerDescription Find(string key, string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new ConfigurationException($"{key} is missing; it names a built-in handler ({Names()}) or a type as 'Namespace.Type, Assembly'");
        }

        if (BuiltInHandlers.All.FirstOrDefault(builtIn => builtIn.Name == name) is { } handler)
        {
            return handler;
        }

        if (!name.Contains(',', StringComparison.Ordinal))
        {
            throw new ConfigurationException($"{key}: unknown handler '{name}'; built-in handlers are {Names()}, others are named 'Namespace.Type, Assembly'");
        }

        return Describe(key, name, FindType(key, name));
    }

    private Type FindType(string key, string name)
    {
        try
        {
            if (Type.GetType(name, FindAssembly, typeResolver: null, throwOnError: false) is { } type)
            {
                return type;
            }
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or TypeLoadException or ArgumentException)
        {
            throw new ConfigurationException($"{key}: the type '{name}' cannot be loaded: {exception.Message}", exception);
        }

        throw new ConfigurationException($"{key}: there is no type '{name}'; is its assembly listed in actor-sockets.plugins?");
    }

    private Assembly? FindAssembly(AssemblyName name)
    {
        if (plugins.FirstOrDefault(plugin => plugin.GetName().Name == name.Name) is { } found)
        {
            return found;
        }

        try
        {
            return Assembly.Load(name);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static HandlerDescription Describe(string key, string name, Type type)
    {
        var stream = StreamKinds.Any(type.IsAssignableTo);
        if (!stream && !DatagramKinds.Any(type.IsAssignableTo))
        {
            var kinds = string.Join(", ", StreamKinds.Concat(DatagramKinds).Select(kind => kind.Name));
            throw new ConfigurationException($"{key}: the type '{name}' is not a handler: it derives from none of {kinds}");
        }

        return new HandlerDescription(type.FullName!, "", stream ? type : null, stream ? null : type);
    }

    private static string Names() => string.Join(", ", BuiltInHandlers.All.Select(handler => handler.Name));
}
