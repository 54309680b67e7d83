using System.Diagnostics;
using System.Globalization;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>What share of a processor a process takes, from its start on (<c>proc_pid_stat(5)</c>).</summary>
/// <param name="process">Its id.</param>
internal sealed class CpuMeter(int process)
{
    // USER_HZ, which Linux has promised to leave as it is.
    private const double TicksPerSecond = 100;

    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly long _begin = Read(process);

    /// <summary>1: as much as one processor has.</summary>
    public double Share => (Read(process) - _begin) / TicksPerSecond / _time.Elapsed.TotalSeconds;

    private static long Read(int process)
    {
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));

        // The name before may have spaces of its own. Then: state, ten others, utime, stime.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
