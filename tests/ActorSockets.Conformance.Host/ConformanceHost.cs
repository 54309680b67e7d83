using System.Net.Sockets;
using ActorSockets.Conformance.Host.Programs;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets.Conformance.Host;

/// <summary>What the command line asks for, from its start to an exit code: 0 after a stop, 1 when the start failed, 3 when it was refused.</summary>
internal static class ConformanceHost
{
    // SIGTERM is for this program to handle, as it is for a Python program.
    private const string AkkaConfig = """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """;

    // What a place where cases run is made of, for the servers of all programs.
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.Ordinal)
    {
        ["driver"] = "driver",
        ["dispatcher"] = "dispatcher",
        ["certificate"] = "tls.certificate",
    };

    private static readonly Dictionary<string, Func<ActorSystem, HostArguments, Task>> Programs = new(StringComparer.Ordinal)
    {
        ["adopt"] = Adopt.RunAsync,
        ["construct-and-close"] = ConstructAndClose.RunAsync,
        ["context-manager"] = ContextManager.RunAsync,
        ["exports"] = Exports.RunAsync,
        ["fail-to-bind"] = FailToBind.RunAsync,
        ["serve"] = Serve.RunAsync,
        ["serve-one"] = ServeOne.RunAsync,
        ["start-and-stop"] = StartAndStop.RunAsync,
        ["start-then-stop"] = StartThenStop.RunAsync,
    };

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var arguments = HostArguments.Parse(args);
            Journal.IsOn = arguments.Option("journal") != "off";
            if (!Programs.TryGetValue(arguments.Program, out var run))
            {
                throw new RefusalException($"our host has no program '{arguments.Program}'");
            }

            using var system = ActorSystem.Create("conformance", Configure(arguments));
            await run(system, arguments);
            await system.Terminate();
            return 0;
        }
        catch (Exception exception) when (exception is RefusalException or ConfigurationException or FormatException)
        {
            Output.Say("refused", exception.Message);
            return 3;
        }
        catch (EndpointBindException exception)
        {
            var inUse = exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse };
            Output.Say("failed", inUse ? "EADDRINUSE" : exception.GetBaseException().GetType().Name, ("message", exception.Message));
            return 1;
        }
    }

    private static string Configure(HostArguments arguments) =>
        AkkaConfig + string.Concat(Defaults.Select(option =>
            arguments.Option(option.Key) is { } value ? $"\nactor-sockets.defaults.{option.Value} = \"{value}\"" : ""));
}
