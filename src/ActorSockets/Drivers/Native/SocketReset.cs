using System.Net.Sockets;

namespace ActorSockets.Drivers.Native;

/// <summary>Has the end of a socket be a reset, so that no client takes the end of the stream for an answer.</summary>
internal static class SocketReset
{
    /// <summary>From now on closing it drops what is unsent and resets the connection.</summary>
    public static void ResetWhenClosed(this Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // There is nothing left that could be reset.
        }
    }
}
