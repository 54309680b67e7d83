using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers;

/// <summary>What the kernel knows about a Unix connection and .NET does not tell (Linux: <c>SIOCOUTQ</c>).</summary>
internal static partial class UnixSendQueue
{
    private const uint OutputQueue = 0x5411;

    /// <summary>Bytes that the other side has not read yet, as the kernel counts them; false where that cannot be known.</summary>
    public static bool TryGetLength(Socket socket, out long bytes)
    {
        bytes = 0;
        if (socket.AddressFamily != AddressFamily.Unix || !OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            if (Control(socket.SafeHandle, OutputQueue, out var length) != 0)
            {
                return false;
            }

            bytes = length;
            return true;
        }
        catch (ObjectDisposedException)
        {
            // Closed in the meantime: nothing left to know.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeSocketHandle socket, nuint request, out int value);
}
