using System.Reflection;

namespace ActorSockets.Server.Handlers;

/// <summary>Makes handlers of types that are known at run time only.</summary>
internal static class HandlerFactory
{
    /// <summary>A factory that lets the constructor's own exceptions through, so that logs show them and not their wrapping.</summary>
    public static Func<object> For(Type type) => () => Activator.CreateInstance(
        type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, binder: null, args: null, culture: null)!;
}
