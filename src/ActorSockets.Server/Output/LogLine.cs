using System.Globalization;

namespace ActorSockets.Server.Output;

/// <summary>One event on standard output: a line, and the exception below it.</summary>
internal static class LogLine
{
    /// <param name="time">When it happened, UTC.</param>
    /// <param name="level">Its level.</param>
    /// <param name="source">Who tells it; null where the message says so itself.</param>
    /// <param name="message">What happened.</param>
    /// <param name="exception">Why, if that is known.</param>
    public static void Write(DateTime time, string level, string? source, string message, Exception? exception)
    {
        var line = Format(time, level, $"{(source is null ? "" : $"[{source}] ")}{message}");
        LogOutput.Write(exception is null ? line : $"{line}{Environment.NewLine}{exception}");
    }

    /// <summary>The line alone.</summary>
    public static string Format(DateTime time, string level, string message) =>
        $"{time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} {level,-5} {message}";
}
