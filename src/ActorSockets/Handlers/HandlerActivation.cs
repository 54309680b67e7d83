using System.Reflection;

namespace ActorSockets.Handlers;

/// <summary>Makes handlers of classes that are known by their type only, unless the builder was told another way.</summary>
internal static class HandlerActivation
{
    /// <exception cref="ArgumentException">The class has no public constructor without parameters.</exception>
    public static Func<HandlerInstance> ByConstructor(Type type)
    {
        if (type.IsAbstract || type.ContainsGenericParameters || type.GetConstructor(Type.EmptyTypes) is not { } constructor)
        {
            throw new ArgumentException(
                $"{type} cannot be made: it needs a public constructor without parameters, and must be neither abstract nor open generic", nameof(type));
        }

        // By this, logs show the constructor's own exception rather than one of reflection's.
        var invoker = ConstructorInvoker.Create(constructor);
        return () => new HandlerInstance(invoker.Invoke());
    }
}
