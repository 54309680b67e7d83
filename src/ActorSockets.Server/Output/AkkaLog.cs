using Akka.Event;

namespace ActorSockets.Server.Output;

/// <summary>
/// What is written of the actor system's log. Akka.NET's own loggers write the path of the actor and the thread into each
/// line; here the message names its server or connection.
/// </summary>
internal static class AkkaLog
{
    public static void Write(LogEvent log)
    {
        var isOfAkka = log.LogClass.Namespace?.StartsWith(nameof(Akka), StringComparison.Ordinal) == true;

        // What Akka.NET tells about itself is for those who look for a fault; that it could not bind is told better elsewhere.
        if (isOfAkka && (log.LogLevel() == LogLevel.InfoLevel || IsBindFailure($"{log.Message}")))
        {
            return;
        }

        LogLine.Write(log.Timestamp, Name(log.LogLevel()), isOfAkka ? log.LogSource : null, $"{log.Message}", log.Cause);
    }

    private static bool IsBindFailure(string message) =>
        message.StartsWith("Bind failed", StringComparison.Ordinal) || message.StartsWith("Failed to bind", StringComparison.Ordinal);

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.InfoLevel => "INFO",
        LogLevel.WarningLevel => "WARN",
        _ => "ERROR",
    };
}
