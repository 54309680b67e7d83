using Microsoft.Extensions.Logging;

namespace ActorSockets.Server.Output;

/// <summary>The least level that services and handlers log at; it may change at any time.</summary>
internal sealed class LogThreshold(LogLevel level)
{
    private volatile int _level = (int)level;

    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }
}
