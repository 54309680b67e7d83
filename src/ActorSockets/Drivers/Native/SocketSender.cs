using System.Buffers;
using System.Net.Sockets;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>Sends on a socket of our own.</summary>
internal sealed class SocketSender(Socket socket, ByteChannel channel, SocketServerOptions options, Action throwIfClosed, Action<Exception> failed)
    : OutputSender(socket, options, throwIfClosed)
{
    // What is sent at once over a Unix socket counts as read when all of it is: small, so that a slow reader shows its progress.
    private readonly int _piece = socket.AddressFamily == AddressFamily.Unix ? 16 * 1024 : Transport.FrameSize;

    protected override ValueTask<bool> WriteAsync(in ReadOnlySequence<byte> frame) => WriteAllAsync(frame);

    protected override async ValueTask SendFinAsync()
    {
        try
        {
            await channel.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
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
                    var sent = await channel.SendAsync(rest[..Math.Min(rest.Length, _piece)]).ConfigureAwait(false);
                    Handed(sent);
                    rest = rest[sent..];
                }
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
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
