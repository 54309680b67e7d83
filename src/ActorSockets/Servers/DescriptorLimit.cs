using System.Runtime.InteropServices;

namespace ActorSockets.Servers;

/// <summary>How many descriptors the process may have.</summary>
internal static partial class DescriptorLimit
{
    private const int LeastKept = 64;
    private const int ShareKept = 20;

    /// <summary>How many of them connections can be: all but 5 %, and at least 64 beside those that are open at this moment, which everything else needs.</summary>
    public static int ForConnections
    {
        get
        {
            var soft = Soft;
            if (soft > int.MaxValue)
            {
                return int.MaxValue;
            }

            var descriptors = (int)soft;
            return Math.Max(1, descriptors - Math.Max(Open() + LeastKept, descriptors / ShareKept));
        }
    }

    /// <summary>How many it may have at this moment. Windows has no such limit.</summary>
    public static ulong Soft => !OperatingSystem.IsWindows() && GetLimit(OperatingSystem.IsLinux() ? 7 : 8, out var limit) == 0 ? limit.Soft : ulong.MaxValue;

    private static int Open() => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    private readonly record struct Limit(ulong Soft, ulong Hard);
}
