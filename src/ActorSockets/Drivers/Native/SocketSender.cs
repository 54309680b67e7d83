using System.Net.Sockets;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>Sends on a socket of our own.</summary>
/// <param name="socket">The socket.</param>
/// <param name="channel">Its bytes.</param>
/// <param name="options">The water marks and the limit.</param>
/// <param name="throwIfClosed">Called before each write of the handler.</param>
/// <param name="failed">Called when the connection is lost.</param>
/// <param name="done">Called when nothing is sent any more.</param>
internal sealed class SocketSender(
    Socket socket, ByteChannel channel, SocketServerOptions options, Action throwIfClosed, Action<Exception> failed, Action done)
    : OutputSender(socket, options, throwIfClosed, MostAtOnce(socket))
{
    protected override async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> piece)
    {
        try
        {
            for (var rest = piece; !rest.IsEmpty;)
            {
                var sent = await channel.SendAsync(rest).ConfigureAwait(false);
                Handed(sent);
                rest = rest[sent..];
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

    protected override void Done() => done();

    // What is sent at once over a Unix socket counts as read when all of it is: small, so that a slow reader shows its progress.
    private static int MostAtOnce(Socket socket) => socket.AddressFamily == AddressFamily.Unix ? 16 * 1024 : Transport.FrameSize;
}
