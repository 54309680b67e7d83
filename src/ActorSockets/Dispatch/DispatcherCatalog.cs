using System.Reflection;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets.Dispatch;

/// <summary>The dispatchers of a server, by their ids in the configuration.</summary>
internal static class DispatcherCatalog
{
    private const string EventLoopId = "actor-sockets.dispatchers.event-loop";
    private const string ThreadPoolId = "actor-sockets.dispatchers.thread-pool";
    private const string BlockingId = "actor-sockets.dispatchers.blocking";

    /// <summary>Where handlers run.</summary>
    public static string ForHandlers(SocketServerOptions options) => options.Dispatcher switch
    {
        ServerDispatcher.EventLoop => EventLoopId,
        ServerDispatcher.Blocking => BlockingId,
        _ => ThreadPoolId,
    };

    /// <summary>What is wrong with the section of a dispatcher shows here, and not at the first connection.</summary>
    /// <exception cref="ConfigurationException">It is wrong.</exception>
    public static void Check(ActorSystem system, SocketServerOptions options)
    {
        var id = ForHandlers(options);
        try
        {
            system.Dispatchers.Lookup(id);
        }
        catch (Exception exception) when (exception is TargetInvocationException or ConfigurationException)
        {
            var cause = exception.GetBaseException();
            throw new ConfigurationException($"{id}: {cause.Message}", cause);
        }
    }

    /// <summary>Where the server's own actors run.</summary>
    public static string ForServer(SocketServerOptions options) => options.UsesEventLoop ? EventLoopId : ThreadPoolId;
}
