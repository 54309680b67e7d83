using Akka.Actor;
using Akka.DependencyInjection;
using Akka.Hosting;

namespace ActorSockets.Hosting.Servers;

/// <summary>One server of the host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">What its actor is registered as, if it is.</param>
/// <param name="Configure">The user's part of its configuration.</param>
internal sealed record HostedServer(
    string Name, Type? Key, Action<SocketServerBuilder, ActorSystem, IActorRegistry, IDependencyResolver> Configure)
{
    /// <summary>What the host's configuration says about it.</summary>
    public SocketServerSettings Settings { get; set; } = new();

    /// <summary>How long it may drain, by all that was said about it.</summary>
    public TimeSpan Drain { get; set; }
}
