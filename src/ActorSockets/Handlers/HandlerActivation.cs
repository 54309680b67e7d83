using System.Reflection;

namespace ActorSockets.Handlers;

/// <summary>Makes handlers of classes that are known by their type only, unless the builder was told another way.</summary>
internal static class HandlerActivation
{
    /// <exception cref="ArgumentException">The class has no public constructor without parameters.</exception>
    public static Func<HandlerInstance> ByConstructor(Type type)
    {
        if (type.IsAbstract || type.ContainsGenericParameters || type.GetConstructor(Type.EmptyTypes) is null)
        {
            throw new ArgumentException(
                $"{type} cannot be made: it needs a public constructor without parameters, and must be neither abstract nor open generic", nameof(type));
        }

        // Not wrapped, so that logs show the constructor's own exception.
        return () => new HandlerInstance(Activator.CreateInstance(
            type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, binder: null, args: null, culture: null)!);
    }
}
