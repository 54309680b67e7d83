using System.Globalization;
using System.Runtime.InteropServices;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>How many descriptors a running process may have: less, and then again as many as before.</summary>
internal sealed class DescriptorLimit : IDisposable
{
    private const int NumberOfFiles = 7;

    private readonly int _process;
    private readonly Limit _before;

    /// <param name="process">Its id.</param>
    /// <param name="more">How many more it may open than it has.</param>
    public DescriptorLimit(int process, int more)
    {
        _process = process;
        _before = default;
        Check(Get(process, NumberOfFiles, 0, ref _before));
        Set(_before with { Soft = (ulong)(Opened(process) + more) });
    }

    /// <summary>How many descriptors it has.</summary>
    public static int Opened(int process) => Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd")).Length;

    public void Dispose() => Set(_before);

    private void Set(Limit limit) => Check(Set(_process, NumberOfFiles, ref limit, 0));

    private static void Check(int result) => Assert.True(result == 0, Marshal.GetLastPInvokeErrorMessage());

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Get(int process, int resource, nint none, ref Limit limit);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Set(int process, int resource, ref Limit limit, nint none);

    private record struct Limit(ulong Soft, ulong Hard);
}
