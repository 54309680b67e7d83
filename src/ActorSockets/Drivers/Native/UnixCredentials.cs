using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers.Native;

/// <summary>Asks the kernel who has connected (Linux: <c>SO_PEERCRED</c> and its <c>struct ucred</c>).</summary>
internal static class UnixCredentials
{
    private const int OptionLevel = 1;
    private const int OptionName = 17;

    /// <summary>Null for what is no Unix connection, and where it cannot be known.</summary>
    public static PeerCredentials? Of(Socket socket)
    {
        Span<int> answer = stackalloc int[3];
        return socket.AddressFamily == AddressFamily.Unix && OperatingSystem.IsLinux()
            && socket.GetRawSocketOption(OptionLevel, OptionName, MemoryMarshal.AsBytes(answer)) == answer.Length * sizeof(int)
            ? new PeerCredentials(answer[0], (uint)answer[1], (uint)answer[2])
            : null;
    }
}
