using Microsoft.Extensions.Logging;

namespace ActorSockets.Server.Tests.Plugin;

/// <summary>A handler that the program gives a logger.</summary>
public sealed class LoggingHandler(ILogger<LoggingHandler> log) : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        log.LogDebug("tells details");
        log.LogInformation("says hello");
        log.LogError(new InvalidOperationException("trouble"), "makes trouble");
        await Connection.SendAsync("logged\n");
    }
}
