using System.ComponentModel.DataAnnotations;
using Akka.Configuration;

namespace ActorSockets.Hosting;

/// <summary><c>Restart</c> of a server: what an exception in user code does. What is not set (null) is left as it is.</summary>
public sealed class RestartSettings
{
    /// <summary><see cref="RestartPolicy.OnFailure"/>. Not set, and not in the HOCON either: <c>Close</c> for streams, <c>Restart</c> for datagrams.</summary>
    public OnFailure? OnFailure { get; set; }

    /// <summary><see cref="RestartPolicy.Max"/>; −1: no limit.</summary>
    [Range(-1, int.MaxValue)]
    public int? Max { get; set; }

    /// <summary><see cref="RestartPolicy.Within"/>; <c>infinite</c>: the connection's whole life.</summary>
    public DurationOrOff? Within { get; set; }

    /// <summary><see cref="SocketServerOptions.ServerRestartMax"/>; −1: no limit.</summary>
    [Range(-1, int.MaxValue)]
    public int? ServerMax { get; set; }

    /// <summary><see cref="SocketServerOptions.ServerRestartWithin"/>.</summary>
    public Duration? ServerWithin { get; set; }

    /// <exception cref="ConfigurationException">There is a budget for a policy that has none.</exception>
    internal void ApplyTo(SocketServerOptions options)
    {
        options.ServerRestartMax = ServerMax ?? options.ServerRestartMax;
        options.ServerRestartWithin = ServerWithin?.Value ?? options.ServerRestartWithin;
        var onFailure = OnFailure ?? options.Restart?.OnFailure;
        if ((Max is not null || Within is not null) && onFailure is not (ActorSockets.OnFailure.Restart or ActorSockets.OnFailure.Resume))
        {
            throw new ConfigurationException("Restart: Max and Within take effect with OnFailure = Restart or Resume only");
        }

        if (onFailure is { } chosen)
        {
            var before = options.Restart ?? RestartPolicy.Restart();
            options.Restart = new RestartPolicy(
                chosen, Max ?? before.Max, Within is { } within ? within.Value ?? Timeout.InfiniteTimeSpan : before.Within);
        }
    }
}
