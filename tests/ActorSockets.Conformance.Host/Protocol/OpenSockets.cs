namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>The sockets that this process has open.</summary>
internal static class OpenSockets
{
    public static int Count() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);
}
