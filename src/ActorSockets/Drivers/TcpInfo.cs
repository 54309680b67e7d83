using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers;

/// <summary>What the kernel knows about a TCP connection and .NET does not tell (Linux: <c>struct tcp_info</c>).</summary>
internal static class TcpInfo
{
    private const int OptionLevel = 6;
    private const int OptionName = 11;
    private const int BytesAckedOffset = 120;

    /// <summary>Bytes that the other side's kernel has acknowledged so far; false where that cannot be known.</summary>
    public static bool TryGetBytesAcknowledged(Socket socket, out long bytes)
    {
        bytes = 0;
        if (socket.AddressFamily == AddressFamily.Unix || !OperatingSystem.IsLinux())
        {
            return false;
        }

        Span<byte> info = stackalloc byte[BytesAckedOffset + sizeof(long)];
        try
        {
            if (socket.GetRawSocketOption(OptionLevel, OptionName, info) < info.Length)
            {
                return false;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed in the meantime: nothing left to know.
            return false;
        }

        bytes = MemoryMarshal.Read<long>(info[BytesAckedOffset..]);
        return true;
    }
}
