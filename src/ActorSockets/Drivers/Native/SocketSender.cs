using System.Net.Sockets;
using System.Security.Cryptography;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>Sends on a socket of our own.</summary>
/// <param name="socket">The socket.</param>
/// <param name="channel">Its bytes.</param>
/// <param name="options">The water marks and the limit.</param>
/// <param name="transport">Told when sending fails or ends.</param>
internal sealed class SocketSender(Socket socket, ByteChannel channel, SocketServerOptions options, SocketTransport transport)
    : OutputSender(socket, options, MostAtOnce(socket))
{
    /// <summary>Sends by another channel from now on; called while nothing is being sent.</summary>
    public void SwitchTo(ByteChannel other) => channel = other;

    protected override ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> piece)
    {
        try
        {
            var sending = channel.SendAsync(piece);
            if (!sending.IsCompletedSuccessfully)
            {
                return FinishWriteAsync(sending, piece);
            }

            var sent = sending.Result;
            if (sent < piece.Length)
            {
                return FinishWriteAsync(ValueTask.FromResult(sent), piece);
            }

            Handed(sent);
            return ValueTask.FromResult(true);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            return ValueTask.FromResult(Lost(exception));
        }
    }

    protected override async ValueTask SendFinAsync()
    {
        try
        {
            await channel.CompleteAsync(closes: transport.HasReceivedAll).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException or CryptographicException)
        {
            // The other side was quicker; reading says so as well.
        }
    }

    protected override void Done() => transport.OnHalfDone();

    protected override void ThrowIfClosed() => transport.ThrowIfClosed();

    private async ValueTask<bool> FinishWriteAsync(ValueTask<int> sending, ReadOnlyMemory<byte> piece)
    {
        try
        {
            while (true)
            {
                var sent = await sending.ConfigureAwait(false);
                Handed(sent);
                piece = piece[sent..];
                if (piece.IsEmpty)
                {
                    return true;
                }

                sending = channel.SendAsync(piece);
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            return Lost(exception);
        }
    }

    private bool Lost(Exception cause)
    {
        if (cause is not ObjectDisposedException)
        {
            transport.OnFailed(cause);
        }

        return false;
    }

    // What is sent at once over a Unix socket counts as read when all of it is: small, so that a slow reader shows its progress.
    private static int MostAtOnce(Socket socket) => socket.AddressFamily == AddressFamily.Unix ? 16 * 1024 : Transport.FrameSize;
}
