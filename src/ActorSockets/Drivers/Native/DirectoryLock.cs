using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// While it is held, no other server of ours takes a path in this directory over, in any process: to see that a socket is dead and to replace it are several steps
/// (Linux: <c>flock(2)</c>, which leaves nothing behind).
/// </summary>
internal sealed partial class DirectoryLock : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int ExclusiveAtOnce = 2 | 4;

    // Whoever may read the directory could hold it for ever.
    private const int PatienceMilliseconds = 1000;
    private const int PauseMilliseconds = 5;

    private readonly SafeFileHandle? _directory;

    private DirectoryLock(SafeFileHandle? directory) => _directory = directory;

    /// <summary>Waits for it, and goes on without it where it cannot be had.</summary>
    public static DirectoryLock Take(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new DirectoryLock(null);
        }

        var handle = Open(Encoding.UTF8.GetBytes($"{directory}\0"), CloseOnExec);
        var end = Environment.TickCount64 + PatienceMilliseconds;
        while (!handle.IsInvalid && Lock(handle, ExclusiveAtOnce) != 0 && Environment.TickCount64 < end)
        {
            Thread.Sleep(PauseMilliseconds);
        }

        return new DirectoryLock(handle);
    }

    public void Dispose() => _directory?.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial SafeFileHandle Open(ReadOnlySpan<byte> path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle directory, int operation);
}
