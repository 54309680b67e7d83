using System.Globalization;

namespace ActorSockets.Benchmarks.Processes;

/// <summary>What the kernel has in its books about a process and its descendants.</summary>
internal static class ProcessTree
{
    // USER_HZ, which is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    // Fields of /proc/PID/stat behind the name, from 0: user and system time, and those of the children that have ended.
    private const int FirstTime = 11;
    private const int Times = 4;

    /// <summary>Seconds of CPU, user and system, of all of its threads, those that have ended included.</summary>
    public static double CpuSeconds(int id) => Members(id).Sum(ReadTicks) / TicksPerSecond;

    /// <summary>Resident memory in KiB.</summary>
    public static long ResidentKib(int id) => Members(id).Sum(ReadResidentKib);

    private static IEnumerable<int> Members(int id) => Children(id).SelectMany(Members).Prepend(id);

    private static IEnumerable<int> Children(int id) => Directory.EnumerateDirectories($"/proc/{id}/task")
        .SelectMany(task => ReadChildren($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static string ReadChildren(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The thread has ended in the meantime; children that it left are another thread's now.
            return "";
        }
    }

    private static long ReadTicks(int id)
    {
        // The name may contain anything, also spaces and parentheses.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ').Skip(FirstTime).Take(Times).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
    }

    private static long ReadResidentKib(int id)
    {
        const string Key = "VmRSS:";
        var line = File.ReadLines($"/proc/{id}/status").Single(line => line.StartsWith(Key, StringComparison.Ordinal));
        return long.Parse(line[Key.Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}
