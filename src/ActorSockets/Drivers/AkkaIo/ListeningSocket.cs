using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>Closes the kernel's listening socket under Akka.IO's listener, which lives on with its connections.</summary>
internal static partial class ListeningSocket
{
    private const int CloseOnExec = 0x80000;

    /// <summary>
    /// Puts a socket that nobody can find in the place of the listening one (Linux): new clients are refused by the
    /// kernel and the port is free. Akka.IO's own <c>Unbind</c> would reset every live connection, because they are the
    /// listener's children. The stand-in listens as well: an accept on a socket that does not is an error that would
    /// stop Akka.IO's listener.
    /// </summary>
    /// <returns>False where that is not possible; the caller then closes what is still accepted.</returns>
    public static bool TryClose(Socket listening)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var held = false;
        try
        {
            // A socket that is closed already must not be replaced: its number may belong to somebody else by now.
            listening.SafeHandle.DangerousAddRef(ref held);
            using var standIn = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            standIn.Bind(new UnixDomainSocketEndPoint($"\0actor-sockets-{Guid.NewGuid():N}"));
            standIn.Listen(1);
            standIn.Blocking = false;
            return Duplicate((int)standIn.Handle, (int)listening.SafeHandle.DangerousGetHandle(), CloseOnExec) >= 0;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            return false;
        }
        finally
        {
            if (held)
            {
                listening.SafeHandle.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "dup3", SetLastError = true)]
    private static partial int Duplicate(int from, int to, int flags);
}
