using Microsoft.Extensions.Logging;

namespace ActorSockets.Server.Output;

/// <summary>The loggers of the host's services and of handlers that ask for one; their lines look as those of the actor system do.</summary>
/// <param name="threshold">What is written.</param>
internal sealed class ConsoleLoggerProvider(LogThreshold threshold) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new ConsoleCategory(categoryName, threshold);

    public void Dispose()
    {
        // Standard output is not ours.
    }

    private sealed class ConsoleCategory(string name, LogThreshold threshold) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= threshold.Level;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                LogLine.Write(DateTime.UtcNow, NameOf(logLevel), name, formatter(state, exception), exception);
            }
        }

        private static string NameOf(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "DEBUG",
            LogLevel.Information => "INFO",
            LogLevel.Warning => "WARN",
            _ => "ERROR",
        };
    }
}
