using System.Reflection;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;

namespace ActorSockets.Hosting.Handlers;

/// <summary>Makes handlers with services of the container, each in a scope of its own.</summary>
internal sealed class ScopedActivator(IServiceProvider services)
{
    /// <exception cref="ArgumentException">No constructor of the type can be satisfied.</exception>
    public Func<HandlerInstance> For(Type type)
    {
        if (services.GetService<IServiceProviderIsService>()?.IsService(type) == true)
        {
            return new RegisteredHandler(services, type).Make;
        }

        if (type.IsAbstract || type.ContainsGenericParameters || type.GetConstructors().Length == 0)
        {
            throw new ArgumentException($"{type} cannot be made: it needs a public constructor, and must be neither abstract nor open generic");
        }

        RequireConstructor(type);
        return () => Make(type);
    }

    /// <summary>Tells at start, rather than the first connection, what <see cref="ActivatorUtilities"/> will not do.</summary>
    private void RequireConstructor(Type type)
    {
        var constructors = type.GetConstructors();
        if (Array.Find(constructors, constructor => constructor.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute), false)) is { } chosen)
        {
            constructors = [chosen];
        }

        var missing = constructors
            .Select(constructor => Array.Find(constructor.GetParameters(), parameter => !parameter.HasDefaultValue && !IsService(parameter)))
            .ToList();
        if (missing.TrueForAll(parameter => parameter is not null))
        {
            throw new ArgumentException($"{type} cannot be made: its constructor needs {missing[0]!.ParameterType}, which is not registered");
        }

        var possible = constructors.Where((_, index) => missing[index] is null).GroupBy(constructor => constructor.GetParameters().Length).MaxBy(group => group.Key)!;
        if (possible.Count() > 1)
        {
            throw new ArgumentException(
                $"{type} cannot be made: {possible.Count()} of its constructors have {possible.Key} parameters; mark one with [{nameof(ActivatorUtilitiesConstructorAttribute).Replace("Attribute", "", StringComparison.Ordinal)}]");
        }
    }

    private HandlerInstance Make(Type type)
    {
        var scope = services.CreateAsyncScope();
        try
        {
            var handler = ActivatorUtilities.CreateInstance(scope.ServiceProvider, type);
            return new HandlerInstance(handler, new HandlerScope(handler, scope));
        }
        catch
        {
            _ = scope.DisposeAsync().AsTask();
            throw;
        }
    }

    private bool IsService(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttributes(typeof(FromKeyedServicesAttribute), false) is [FromKeyedServicesAttribute keyed])
        {
            return services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(parameter.ParameterType, keyed.Key) ?? true;
        }

        return services.GetService<IServiceProviderIsService>()?.IsService(parameter.ParameterType) ?? true;
    }

    private sealed class HandlerScope(object handler, AsyncServiceScope scope) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                if (handler is IAsyncDisposable asyncDisposable)
                {
                    await asyncDisposable.DisposeAsync().ConfigureAwait(false);
                }
                else if (handler is IDisposable disposable and not ActorBase)
                {
                    // Akka has disposed of an actor.
                    disposable.Dispose();
                }
            }
            finally
            {
                await scope.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
