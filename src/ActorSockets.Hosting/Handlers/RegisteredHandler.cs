using Microsoft.Extensions.DependencyInjection;

namespace ActorSockets.Hosting.Handlers;

/// <summary>Makes handlers of a class that is registered itself: the container makes and disposes of them as it was told.</summary>
internal sealed class RegisteredHandler(IServiceProvider services, Type type)
{
    private readonly WeakReference<object?> _last = new(null);

    /// <exception cref="InvalidOperationException">The container gives the same one again.</exception>
    public HandlerInstance Make()
    {
        var scope = services.CreateAsyncScope();
        try
        {
            var handler = scope.ServiceProvider.GetRequiredService(type);
            if (!TryTake(handler))
            {
                throw new InvalidOperationException($"{type} is registered as a singleton, but each connection needs a handler of its own: register it as transient, or not at all");
            }

            return new HandlerInstance(handler, scope);
        }
        catch
        {
            _ = scope.DisposeAsync().AsTask();
            throw;
        }
    }

    private bool TryTake(object handler)
    {
        lock (_last)
        {
            var isLast = _last.TryGetTarget(out var last) && ReferenceEquals(last, handler);
            _last.SetTarget(handler);
            return !isLast;
        }
    }
}
