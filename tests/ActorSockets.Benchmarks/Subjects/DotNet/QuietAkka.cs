using Akka.Configuration;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>An actor system that logs nothing, as none of the other subjects does.</summary>
internal static class QuietAkka
{
    public static Config Config { get; } = ConfigurationFactory.ParseString("""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
        }
        """);
}
