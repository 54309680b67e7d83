using Akka.Event;

namespace ActorSockets.Diagnostics;

/// <summary>A server's log. Akka.NET's own knows for ever what was logged when it was made; the log level may change while the server runs.</summary>
/// <param name="bus">The actor system's.</param>
/// <param name="name">The server's.</param>
internal sealed class ServerLog(LoggingBus bus, string name) : LoggingAdapterBase(DefaultLogMessageFormatter.Instance)
{
    private readonly string _source = $"actor-sockets/{name}";

    public override bool IsDebugEnabled => bus.LogLevel <= LogLevel.DebugLevel;

    public override bool IsInfoEnabled => bus.LogLevel <= LogLevel.InfoLevel;

    public override bool IsWarningEnabled => bus.LogLevel <= LogLevel.WarningLevel;

    public override bool IsErrorEnabled => bus.LogLevel <= LogLevel.ErrorLevel;

    protected override void NotifyLog(LogLevel logLevel, object message, Exception? cause = null)
    {
        var type = typeof(SocketServer);
        bus.Publish(logLevel switch
        {
            LogLevel.DebugLevel => (LogEvent)new Debug(cause, _source, type, message),
            LogLevel.InfoLevel => new Info(cause, _source, type, message),
            LogLevel.WarningLevel => new Warning(cause, _source, type, message),
            _ => new Error(cause, _source, type, message),
        });
    }
}
