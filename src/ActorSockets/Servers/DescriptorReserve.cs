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
    public static bool IsTouchedBy(SafeHandle descriptor) => (ulong)descriptor.DangerousGetHandle() + Size >= DescriptorLimit.Soft;

    /// <summary>Whether the next descriptor would be one of them.</summary>
    public static bool IsTouched()
    {
        try
        {
            using var next = File.OpenHandle("/dev/null");
            return IsTouchedBy(next);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
