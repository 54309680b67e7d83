namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>The sockets that this process has open.</summary>
internal static class OpenSockets
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>How many more there are than before. One that was accepted while the server stopped is closed a moment later.</summary>
    public static async Task<int> LeftAsync(int before)
    {
        var end = DateTime.UtcNow + Deadline;
        int left;
        while ((left = Count() - before) != 0 && DateTime.UtcNow < end)
        {
            await Task.Delay(10);
        }

        return left;
    }

    public static int Count() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);
}
