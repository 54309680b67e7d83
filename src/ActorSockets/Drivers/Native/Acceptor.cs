using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Accepts the connections of one listening socket, and hands each to its server.</summary>
/// <param name="listening">The socket.</param>
/// <param name="endpoint">As it was bound.</param>
/// <param name="context">The server.</param>
/// <param name="handshakes">Where connections are secured before they are the server's; null: they are not.</param>
/// <param name="server">Told of the connections.</param>
/// <param name="listener">Told when the socket is of no use any more.</param>
internal sealed class Acceptor(Socket listening, Endpoint endpoint, ServerContext context, TlsHandshakes? handshakes, IActorRef server, IActorRef listener)
{
    // Then others get their turn on the thread.
    private const int AcceptsPerTurn = 64;

    private volatile bool _stopped;

    public void Start() => Task.Run(RunAsync);

    /// <summary>The kernel refuses new clients from now on; live connections go on.</summary>
    public void Stop()
    {
        _stopped = true;
        listening.Dispose();
        handshakes?.Dispose();
    }

    private async Task RunAsync()
    {
        for (var accepted = 1; !_stopped; accepted++)
        {
            try
            {
                if (handshakes is not null)
                {
                    await handshakes.WhenThereIsRoomAsync().ConfigureAwait(false);
                }

                Take(await listening.AcceptAsync().ConfigureAwait(false));
                AcceptPressure.Shared.Relieve();
            }
            catch (Exception exception) when (_stopped && exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (SocketException exception) when (AcceptErrors.Classify(exception.SocketErrorCode) is not AcceptErrorKind.Terminal and var kind)
            {
                context.Log.Debug("[{0}] {1}: a connection could not be accepted: {2}", context.Name, endpoint, exception.Message);
                if (kind == AcceptErrorKind.Pressure)
                {
                    await AcceptPressure.Shared.WaitAsync(context, endpoint, exception).ConfigureAwait(false);
                }
            }
            catch (Exception exception)
            {
                listener.Tell(new SocketListener.Lost(exception), ActorRefs.NoSender);
                return;
            }

            if (accepted % AcceptsPerTurn == 0)
            {
                await Task.Yield();
            }
        }
    }

    private void Take(Socket socket)
    {
        try
        {
            if (socket.ProtocolType == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }

            if (!MayConnect(socket))
            {
                return;
            }

            if (handshakes is null)
            {
                Arrive(new SocketTransport(socket, context.Options));
            }
            else
            {
                SecureAsync(socket);
            }
        }
        catch (SocketException exception)
        {
            // It was gone before we had looked at it.
            context.Log.Debug("[{0}] {1}: a connection was gone at once: {2}", context.Name, endpoint, exception.Message);
            socket.Dispose();
        }
    }

    private bool MayConnect(Socket socket)
    {
        if (context.Options.UnixAllowUids is { Count: > 0 } allowed && UnixCredentials.Of(socket) is { UserId: var user } && !allowed.Contains(user))
        {
            context.Log.Warning("[{0}] refused user {1} on {2}: unix.allow-uids does not name it", context.Name, user, endpoint);
            Refuse(socket, RefusalReason.NotAllowed);
            return false;
        }

        if (!context.Handlers.Hooks.TryConfigureSocket(socket, out var failure))
        {
            context.Log.Error(failure, "[{0}] refused {1}: ConfigureSocket failed: {2}", context.Name, socket.RemoteEndPoint, failure.Message);
            Refuse(socket, RefusalReason.ConfigureFailed);
            return false;
        }

        return true;
    }

    private async void SecureAsync(Socket socket)
    {
        var (secured, failure) = await handshakes!.ShakeAsync(socket).ConfigureAwait(false);
        if (secured is null)
        {
            context.Log.Info("[{0}] {1}: a TLS handshake failed: {2}", context.Name, endpoint, failure);
            Refuse(socket, RefusalReason.TlsFailed);
            return;
        }

        try
        {
            Arrive(new SocketTransport(socket, context.Options, secured));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            context.Log.Debug("[{0}] {1}: a connection was gone after its handshake: {2}", context.Name, endpoint, exception.Message);
            socket.Dispose();
        }
    }

    private void Arrive(SocketTransport transport) =>
        context.Arrive(new ServerActor.Accepted(transport, endpoint), server);

    private void Refuse(Socket socket, RefusalReason reason)
    {
        context.Counters.Refused(reason);
        socket.ResetWhenClosed();
        socket.Dispose();
    }
}
