using ActorSockets.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorSockets.Tests.Samples;

/// <summary>The README's server in an actor system that Akka.Hosting runs.</summary>
internal static class AkkaHostingSample
{
    public static void Add(HostApplicationBuilder builder)
    {
        #region README
        builder.Services.AddAkka("my-system", akka => akka
            .WithSocketServer("greeter", s => s
                .Listen("tcp://127.0.0.1:0")
                .Handle<Greeter>())          // made by the container, in a scope for each connection
            .WithSocketServerHealthCheck("greeter"));
        builder.Services.AddHealthChecks();
        #endregion
    }

    /// <summary>What the container makes and what it gives.</summary>
    public sealed class Greeter(string greeting) : StreamRequestHandler
    {
        /// <inheritdoc/>
        protected internal override Task HandleAsync() => Connection.SendAsync(greeting).AsTask();
    }
}
