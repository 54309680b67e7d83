using System.Reflection;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>
/// Looks for public types that <c>using ActorSockets;</c> does not bring, and for public members that name a type of
/// Akka.IO, which comes and goes with Akka's versions.
/// </summary>
internal static class Exports
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        var types = typeof(SocketServer).Assembly.GetExportedTypes();
        var violations = types.Where(type => type.Namespace != nameof(ActorSockets)).Select(type => type.FullName)
            .Concat(types.SelectMany(type => type.GetMembers(Declared)).Where(NamesAkkaIo).Select(member => $"{member.DeclaringType}.{member.Name}"));
        Output.Say("answer", new Dictionary<string, object> { ["violations"] = violations.ToList() });
        return Task.CompletedTask;
    }

    private static bool NamesAkkaIo(MemberInfo member)
    {
        IEnumerable<Type?> named = member switch
        {
            MethodBase method => [.. method.GetParameters().Select(parameter => parameter.ParameterType), (method as MethodInfo)?.ReturnType],
            PropertyInfo property => [property.PropertyType],
            FieldInfo field => [field.FieldType],
            _ => [],
        };
        return named.OfType<Type>().SelectMany(WithArguments).Any(type => type.Namespace?.StartsWith("Akka.IO", StringComparison.Ordinal) ?? false);
    }

    private static IEnumerable<Type> WithArguments(Type type) =>
        type.HasElementType ? WithArguments(type.GetElementType()!) : [type, .. type.GetGenericArguments().SelectMany(WithArguments)];
}
