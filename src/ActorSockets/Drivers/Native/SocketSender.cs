using System.Buffers;
using System.Net.Sockets;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>Sends on a socket of our own.</summary>
internal sealed class SocketSender(Socket socket, SocketServerOptions options, Action throwIfClosed, Action<SocketException> failed)
    : OutputSender(socket, options, throwIfClosed)
{
    // What is sent at once over a Unix socket counts as read when all of it is: small, so that a slow reader shows its progress.
    private readonly int _piece = socket.AddressFamily == AddressFamily.Unix ? 16 * 1024 : Transport.FrameSize;

    protected override ValueTask<bool> WriteAsync(in ReadOnlySequence<byte> frame) => WriteAllAsync(frame);

    protected override void SendFin()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The other side was quicker; reading says so as well.
        }
    }

    private async ValueTask<bool> WriteAllAsync(ReadOnlySequence<byte> frame)
    {
        try
        {
            foreach (var segment in frame)
            {
                for (var rest = segment; !rest.IsEmpty;)
                {
                    var sent = await Socket.SendAsync(rest[..Math.Min(rest.Length, _piece)], SocketFlags.None).ConfigureAwait(false);
                    Handed(sent);
                    rest = rest[sent..];
                }
            }

            return true;
        }
        catch (SocketException exception)
        {
            failed(exception);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}
