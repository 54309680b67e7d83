namespace ActorSockets.Tests.Faults;

/// <summary>What this process has of the machine (Linux).</summary>
internal sealed record Holdings(int Sockets, int Threads, long Bytes)
{
    // The pool keeps some that it has started in a storm.
    private const int MoreThreads = 16;

    // What is made once and kept: pools of buffers, compiled code, records of connections that have ended.
    private const long MoreBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Now. What earlier tests have left to the garbage collector does not go in between.</summary>
    public static Holdings Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new Holdings(CountSockets(), CountThreads(), GC.GetTotalMemory(forceFullCollection: true));
    }

    /// <summary>It has no more than then, but for what is its own to keep.</summary>
    public async Task ComeBackAsync()
    {
        var end = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        for (var now = Count(); now.Sockets > Sockets || now.Threads > Threads + MoreThreads || now.Bytes > Bytes + MoreBytes; now = Count())
        {
            Assert.True(Environment.TickCount64 < end, $"{now} instead of {this}");
            await Task.Delay(100);
        }
    }

    // Sockets only: the runtime keeps two descriptors for each thread, and starts threads as it likes.
    private static int CountSockets() => new DirectoryInfo("/proc/self/fd").GetFiles()
        .Count(descriptor => descriptor.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private static int CountThreads() => Directory.GetDirectories("/proc/self/task").Length;
}
