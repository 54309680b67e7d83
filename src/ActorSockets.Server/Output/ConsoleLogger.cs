using System.Globalization;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace ActorSockets.Server.Output;

/// <summary>
/// Writes the actor system's log to standard output, a line per event, exceptions below it. Akka.NET's own logger
/// writes the path of the actor and the thread into each line; here the message names its server or connection.
/// </summary>
internal sealed class ConsoleLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    public ConsoleLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    private static void Write(LogEvent log)
    {
        var isOfAkka = log.LogClass.Namespace?.StartsWith(nameof(Akka), StringComparison.Ordinal) == true;

        // What Akka.NET tells about itself is for those who look for a fault; that it could not bind is told better elsewhere.
        if (isOfAkka && (log.LogLevel() == LogLevel.InfoLevel || IsBindFailure($"{log.Message}")))
        {
            return;
        }

        var time = log.Timestamp.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var source = isOfAkka ? $"[{log.LogSource}] " : "";
        Console.Out.WriteLine($"{time} {Name(log.LogLevel()),-5} {source}{log.Message}");
        if (log.Cause is { } cause)
        {
            Console.Out.WriteLine(cause);
        }
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
