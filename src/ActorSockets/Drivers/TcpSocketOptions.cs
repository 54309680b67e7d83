using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers;

/// <summary>What a server's options say about its TCP sockets.</summary>
internal static class TcpSocketOptions
{
    private const int OptionLevel = 6;
    private const int UserTimeoutOption = 18;

    /// <summary>True where connections have them from their listening socket.</summary>
    public static bool AreInherited => OperatingSystem.IsLinux();

    /// <summary>Sets them.</summary>
    /// <param name="socket">A socket that will listen, or a connection.</param>
    /// <param name="options">The server's.</param>
    /// <exception cref="SocketException">The kernel does not take one of them.</exception>
    public static void Apply(Socket socket, SocketServerOptions options)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, options.KeepAlive is not null);
        if (options.KeepAlive is { } idle)
        {
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds(idle));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds(options.KeepAliveInterval));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, options.KeepAliveCount);
        }

        if (OperatingSystem.IsLinux())
        {
            var milliseconds = (int)(options.UserTimeout ?? TimeSpan.Zero).TotalMilliseconds;
            socket.SetRawSocketOption(OptionLevel, UserTimeoutOption, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in milliseconds)));
        }

        if (options.SendBuffer is { } size)
        {
            socket.SendBufferSize = size;
        }
    }

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);
}
