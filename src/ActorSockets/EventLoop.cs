namespace ActorSockets;

/// <summary>The switch for handlers that run on the threads which the bytes arrive on.</summary>
public static class EventLoop
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string ThreadCount = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>True after <see cref="Enable"/>.</summary>
    public static bool IsEnabled { get; private set; }

    /// <summary>
    /// Makes <see cref="ServerDispatcher.EventLoop"/> the default of all servers that start from now on, and has .NET complete the operations of its own
    /// sockets on its socket threads (Linux; the environment variables <c>DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS</c> and
    /// <c>…_THREAD_COUNT</c>, where they are not set), which the <c>akka-io</c> driver gains from. .NET reads them once:
    /// call it first thing in <c>Main</c>, before anything makes a socket. From then on whatever awaits a socket anywhere in the process goes on on a
    /// socket thread, and must not block it. Without this call <c>dispatcher = event-loop</c> works as well; with the <c>native</c> driver on Linux it costs nothing more.
    /// </summary>
    public static void Enable()
    {
        IsEnabled = true;
        if (OperatingSystem.IsLinux())
        {
            SetUnlessSet(InlineCompletions, "1");
            SetUnlessSet(ThreadCount, "1");
        }
    }

    private static void SetUnlessSet(string variable, string value)
    {
        if (Environment.GetEnvironmentVariable(variable) is null)
        {
            Environment.SetEnvironmentVariable(variable, value);
        }
    }
}
