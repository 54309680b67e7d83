using ActorSockets.Hosting;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Server.Running;

/// <summary>The generic host that a plan's servers run in; plugins find their services in it.</summary>
internal static class ServerHost
{
    public static HostApplicationBuilder CreateBuilder(ServerPlan plan, LogThreshold threshold)
    {
        // Empty: the program has one configuration file, and neither an appsettings.json that lies about nor the environment changes it.
        var builder = Host.CreateEmptyApplicationBuilder(null);

        // What they log about a start that failed is told on standard error, in one line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Akka.Hosting", LogLevel.None);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new ConsoleLoggerProvider(threshold));

        // The runner knows how long is waited, and by which options.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddAkka("actor-sockets", akka =>
        {
            akka.AddHocon(plan.Config, HoconAddMode.Prepend);
            foreach (var server in plan.Servers)
            {
                akka.WithSocketServer(server.Name, server.Configure);
            }
        });
        return builder;
    }

    /// <summary>Creates the actor system, which the start of the host would do otherwise, with whatever else may go wrong there.</summary>
    /// <exception cref="ConfigurationException">Akka.NET does not take its part of the configuration.</exception>
    public static ActorSystem CreateSystem(this IHost host)
    {
        try
        {
            return host.Services.GetRequiredService<ActorSystem>();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // It throws whatever its parts stumble over.
            throw new ConfigurationException($"akka: the actor system cannot be created: {exception.Message}", exception);
        }
    }
}
