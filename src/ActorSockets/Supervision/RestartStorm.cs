using ActorSockets.Diagnostics;
using ActorSockets.Servers;
using Akka.Event;

namespace ActorSockets.Supervision;

/// <summary>What all connections and datagram peers of a server together may have of restarts and resumes (<c>restart.server-max</c>).</summary>
internal sealed class RestartStorm(ServerContext context)
{
    private readonly FailureWindow _window = new();

    /// <summary>Counts one more; false where there were too many, so that the failure closes.</summary>
    public bool TrySpend(long now)
    {
        var (most, within) = (context.Options.ServerRestartMax, context.Options.ServerRestartWithin);
        if (_window.TrySpend(most, within, now))
        {
            return true;
        }

        context.Limited.Write(
            LogLine.RestartStorm, LogLevel.ErrorLevel, null, "[{0}] handlers have failed {1} times within {2}: who fails now is closed", context.Name, most, ShortTime.Of(within));
        return false;
    }
}
