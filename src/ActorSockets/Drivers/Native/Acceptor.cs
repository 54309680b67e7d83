using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Accepts the connections of one listening socket, and hands each to its server.</summary>
internal sealed class Acceptor(Socket listening, Endpoint endpoint, ServerContext context, IActorRef server, IActorRef listener)
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
    }

    private async Task RunAsync()
    {
        for (var accepted = 1; !_stopped; accepted++)
        {
            try
            {
                Take(await listening.AcceptAsync().ConfigureAwait(false));
                AcceptPressure.Shared.Relieve();
            }
            catch (Exception exception) when (_stopped && exception is SocketException or ObjectDisposedException)
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
                listener.Tell(new Lost(exception), ActorRefs.NoSender);
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
        SocketTransport transport;
        try
        {
            if (socket.ProtocolType == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }

            transport = new SocketTransport(socket, context.Options);
        }
        catch (SocketException exception)
        {
            // It was gone before we had looked at it.
            context.Log.Debug("[{0}] {1}: a connection was gone at once: {2}", context.Name, endpoint, exception.Message);
            socket.Dispose();
            return;
        }

        if (transport.PeerCredentials is { UserId: var user } && context.Options.UnixAllowUids is { Count: > 0 } allowed && !allowed.Contains(user))
        {
            context.Log.Warning("[{0}] refused user {1} on {2}: unix.allow-uids does not name it", context.Name, user, endpoint);
            context.Counters.Refused(RefusalReason.NotAllowed);
            transport.Refuse(RefusalReason.NotAllowed);
            return;
        }

        if (context.Handlers.Hooks.TryConfigureSocket(socket, out var failure))
        {
            context.Arrive(transport, () => server.Tell(new ServerActor.Accepted(transport, endpoint), ActorRefs.NoSender));
            return;
        }

        context.Log.Error(failure, "[{0}] refused {1}: ConfigureSocket failed: {2}", context.Name, transport.RemoteEndPoint, failure.Message);
        context.Counters.Refused(RefusalReason.ConfigureFailed);
        transport.Refuse(RefusalReason.ConfigureFailed);
    }

    /// <summary>To the listener: its socket accepts nothing any more.</summary>
    public sealed record Lost(Exception Cause) : IDeadLetterSuppression;
}
