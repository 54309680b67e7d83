using System.Runtime.InteropServices;

namespace ActorSockets.Servers;

/// <summary>
/// The last descriptors that the process may have at this moment, which are not for connections: .NET ends the process when it starts a thread, of its
/// pool for one, and there is no descriptor for that.
/// </summary>
internal static class DescriptorReserve
{
    /// <summary>Enough for several threads at a time, and for a file or two.</summary>
    public const int Size = 16;

    /// <summary>Whether this one is one of them, as all with smaller numbers are taken.</summary>
    /// <param name="descriptor">The latest.</param>
    /// <param name="due">How many more may be taken before anybody can ask again.</param>
    public static bool IsTouchedBy(SafeHandle descriptor, int due = 0) => (ulong)descriptor.DangerousGetHandle() + Size + (ulong)due >= DescriptorLimit.Soft;

    /// <summary>Whether the next descriptor would be one of them.</summary>
    /// <param name="due">How many more may be taken before anybody can ask again.</param>
    public static bool IsTouched(int due)
    {
        try
        {
            using var next = File.OpenHandle("/dev/null");
            return IsTouchedBy(next, due);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
