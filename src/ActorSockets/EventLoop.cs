using Akka.Configuration;

namespace ActorSockets;

/// <summary>The switch for handlers that run on the threads which the bytes arrive on.</summary>
public static class EventLoop
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static readonly Config ForAkkaIo = ConfigurationFactory.ParseString(
        """
        akka.actor {
          default-dispatcher.executor = "ActorSockets.Dispatch.DefaultExecutor, ActorSockets"
          mailbox.unbounded-queue-based.mailbox-type = "ActorSockets.Dispatch.AkkaIoMailbox, ActorSockets"
        }
        """);

    /// <summary>True after <see cref="Enable"/>.</summary>
    public static bool IsEnabled { get; private set; }

    /// <summary>
    /// What an actor system needs for Akka.IO's own actors to take part, so that the <c>akka-io</c> driver gains as well; other actors stay where they are.
    /// Akka.NET reads it when the system is created: <c>ActorSystem.Create("my-system", config.WithFallback(EventLoop.Config))</c>, or in Akka.Hosting
    /// <c>akka.AddHocon(EventLoop.Config, HoconAddMode.Append)</c>. Where the library makes the actor system, it is there. Empty before <see cref="Enable"/>.
    /// </summary>
    public static Config Config => IsEnabled ? ForAkkaIo : ConfigurationFactory.Empty;

    /// <summary>
    /// Makes <see cref="ServerDispatcher.EventLoop"/> the default of all servers on the <c>native</c> driver (Linux) that are built from now on, and has .NET complete the operations of its own
    /// sockets on its socket threads (Linux; the environment variable <c>DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS</c>, where it is not set), which
    /// the <c>akka-io</c> driver gains from (<see cref="Config"/>). .NET reads it once:
    /// call it first thing in <c>Main</c>, before anything makes a socket. From then on whatever awaits a socket anywhere in the process goes on on a
    /// socket thread, and must not block it. Without this call <c>dispatcher = event-loop</c> works as well; with the <c>native</c> driver on Linux it costs nothing more.
    /// </summary>
    public static void Enable()
    {
        IsEnabled = true;
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            // .NET then has a socket thread for each processor. One for two processors served a quarter fewer, for the same cost of a message.
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }
    }
}
