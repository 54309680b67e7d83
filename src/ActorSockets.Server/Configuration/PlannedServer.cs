using ActorSockets.Server.Handlers;
using Akka.Configuration;

namespace ActorSockets.Server.Configuration;

/// <summary>A server that is ready to be started: nothing about it is unknown but whether its endpoints are free.</summary>
internal sealed record PlannedServer(ServerConfiguration Configuration, HandlerDescription Handler)
{
    public string Name => Configuration.Name;

    /// <summary>Where its handlers run.</summary>
    public ServerDispatcher Dispatcher => Configuration.Options.FindDispatcher(Configuration.Endpoints);

    /// <summary>The restart policy that holds on an endpoint.</summary>
    public RestartPolicy PolicyFor(Endpoint endpoint) => Configuration.Options.PolicyFor(endpoint);

    /// <summary>Adds the handlers; endpoints and options come from the configuration of the actor system, which is the one that was planned from.</summary>
    /// <exception cref="ConfigurationException">A handler cannot be made.</exception>
    public void Configure(SocketServerBuilder builder)
    {
        try
        {
            foreach (var type in new[] { Handler.Stream, Handler.Datagram }.OfType<Type>())
            {
                builder.Handle(type);
            }
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException($"actor-sockets.servers.{Name}.handler: {exception.Message}", exception);
        }
    }
}
