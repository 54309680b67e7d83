using Microsoft.Extensions.Logging;

namespace ActorSockets.Server.Output;

/// <summary>The loggers of the host's services and of handlers that ask for one; their lines look as those of the actor system do.</summary>
internal sealed class ConsoleLoggerProvider : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new ConsoleCategory(categoryName);

    public void Dispose()
    {
        // Standard output is not ours.
    }

    private sealed class ConsoleCategory(string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // The host filters.
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            LogLine.Write(DateTime.UtcNow, NameOf(logLevel), name, formatter(state, exception), exception);

        private static string NameOf(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "DEBUG",
            LogLevel.Information => "INFO",
            LogLevel.Warning => "WARN",
            _ => "ERROR",
        };
    }
}
