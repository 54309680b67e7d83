using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Hosting;

namespace ActorSockets.Hosting.Servers;

/// <summary>Keeps the timeouts of a shutdown longer than the drains in it.</summary>
internal static class ShutdownTimeouts
{
    private const string DefaultPhaseKey = "akka.coordinated-shutdown.default-phase-timeout";
    private const string PhaseKey = $"akka.coordinated-shutdown.phases.{CoordinatedShutdown.PhaseServiceRequestsDone}.timeout";

    // What the phase needs beside the drain: cutting connections, giving up endpoints.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    // Room for drains that only code knows of, which runs when phases are fixed.
    private static readonly TimeSpan LeastPhase = TimeSpan.FromMinutes(1);

    // What a host needs beside the drain: the other phases, and its other services.
    private static readonly TimeSpan HostMargin = TimeSpan.FromSeconds(15);

    // A phase, and the host's stop, fail with a longer one.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>A default for the phase in which servers drain; what the user has set stays.</summary>
    public static void RaisePhase(ExtendedActorSystem system, TimeSpan longestDrain)
    {
        var timeout = new[] { Bounded(longestDrain) + Margin, LeastPhase, system.Settings.Config.GetTimeSpan(DefaultPhaseKey) }.Max();
        system.Settings.InjectTopLevelFallback(ConfigurationFactory.ParseString(
            string.Create(CultureInfo.InvariantCulture, $"{PhaseKey} = {Math.Ceiling(timeout.TotalMilliseconds)}ms")));
    }

    /// <exception cref="ConfigurationException">The phase would cut the drain.</exception>
    public static void RequirePhase(ActorSystem system, string name, TimeSpan drain)
    {
        var timeout = CoordinatedShutdown.Get(system).Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        if (Bounded(drain) > timeout)
        {
            throw new ConfigurationException(string.Create(
                CultureInfo.InvariantCulture,
                $"server '{name}': its drain-timeout of {drain.TotalSeconds:0.###} s does not fit into the {timeout.TotalSeconds:0.###} s of {PhaseKey}: set that, or set the drain-timeout in the configuration rather than in code, which runs when this is fixed already"));
        }
    }

    /// <summary>A drain as long as a phase can be.</summary>
    private static TimeSpan Bounded(TimeSpan drain) => drain < LongestTimer - Margin ? drain : LongestTimer - Margin;

    /// <summary>The host reads this when it stops.</summary>
    public static void RaiseHost(HostOptions host, TimeSpan longestDrain)
    {
        if (host.ShutdownTimeout != Timeout.InfiniteTimeSpan && host.ShutdownTimeout - HostMargin < longestDrain)
        {
            host.ShutdownTimeout = longestDrain < LongestTimer - HostMargin ? longestDrain + HostMargin : Timeout.InfiniteTimeSpan;
        }
    }
}
