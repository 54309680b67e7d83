using System.Globalization;
using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Accepts the connections of one listening socket, and hands each to its server.</summary>
/// <param name="listening">The socket.</param>
/// <param name="isShared">Another process has it as well, or had it.</param>
/// <param name="endpoint">As it was bound.</param>
/// <param name="context">The server.</param>
/// <param name="handshakes">Where connections are secured before they are the server's; null: they are not.</param>
/// <param name="server">Told of the connections.</param>
/// <param name="listener">Told when the socket is of no use any more.</param>
internal sealed class Acceptor(Socket listening, bool isShared, Endpoint endpoint, ServerContext context, TlsHandshakes? handshakes, IActorRef server, IActorRef listener)
    : IDisposable
{
    // Then others get their turn on the thread.
    private const int AcceptsPerTurn = 64;

    // Where .NET accepts asynchronously, a Unix client with a longer name than the listening socket's ends the process.
    private readonly AcceptQueue? _queue = OperatingSystem.IsLinux() && (context.Options.UsesEventLoop || listening.AddressFamily == AddressFamily.Unix)
        ? new AcceptQueue(listening, isShared, context.Options.UsesEventLoop)
        : null;

    // Linux' connections have it from their listening socket, which is not ours to change where it is shared.
    private readonly bool _setsNoDelay = listening.ProtocolType == ProtocolType.Tcp && (isShared || !OperatingSystem.IsLinux());
    private readonly bool _waitsForPlace = context.Options.Overflow == Overflow.Wait;
    private readonly CancellationTokenSource _stopping = new();

    public void Start() => Task.Run(RunAsync);

    /// <summary>The kernel refuses new clients from now on; live connections go on.</summary>
    public void Dispose()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        _stopping.Cancel();
        _stopping.Dispose();
        _queue?.Leave();
        listening.Dispose();
        _queue?.Dispose();
        handshakes?.Dispose();
    }

    private async Task RunAsync()
    {
        var stopping = _stopping.Token;
        for (var accepted = 1; !stopping.IsCancellationRequested; accepted++)
        {
            try
            {
                if (handshakes is not null)
                {
                    await handshakes.WhenThereIsRoomAsync().ConfigureAwait(false);
                }

                var socket = _queue is null ? await listening.AcceptAsync().ConfigureAwait(false) : await _queue.AcceptAsync().ConfigureAwait(false);
                AcceptPressure.Shared.Relieve();
                if (TryTake(socket))
                {
                    // Until there is one, all who come after it wait in the kernel's queue.
                    Serve(socket, hasPlace: _waitsForPlace && await TryTakePlaceAsync(stopping).ConfigureAwait(false));
                }
            }
            catch (Exception exception) when (stopping.IsCancellationRequested && exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (AcceptErrors.Classify(exception) is not AcceptErrorKind.Terminal and var kind)
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

            if (_queue is null && accepted % AcceptsPerTurn == 0)
            {
                await Task.Yield();
            }
        }
    }

    /// <returns>False when nothing more is accepted; the server decides about the one that waits.</returns>
    private async ValueTask<bool> TryTakePlaceAsync(CancellationToken stopping)
    {
        try
        {
            await context.Admission.TakeAsync(stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <returns>False when it is refused or gone.</returns>
    private bool TryTake(Socket socket)
    {
        try
        {
            if (_setsNoDelay)
            {
                socket.NoDelay = true;
            }

            if (isShared)
            {
                // .NET has whoever gives a listening socket up leave it with a linger time of 0, and connections have it from there.
                socket.LingerState = new LingerOption(false, 0);
            }

            return MayConnect(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            Drop(socket, hasPlace: false, "was gone at once", exception);
            return false;
        }
    }

    private void Serve(Socket socket, bool hasPlace)
    {
        ByteChannel? plain = null;
        try
        {
            plain = ByteChannel.Of(socket, context.Options);
            if (handshakes is null)
            {
                Arrive(socket, plain, hasPlace);
            }
            else
            {
                SecureAsync(socket, plain, hasPlace);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            plain?.Dispose();
            Drop(socket, hasPlace, "was gone at once", exception);
        }
    }

    private bool MayConnect(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix && context.Options.UnixAllowUids is { Count: > 0 } allowed
            && UnixCredentials.Of(socket)?.UserId is var user && !(user is { } known && allowed.Contains(known)))
        {
            context.Log.Warning("[{0}] refused user {1} on {2}: unix.allow-uids does not name it", context.Name, user?.ToString(CultureInfo.InvariantCulture) ?? "(unknown)", endpoint);
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

    private async void SecureAsync(Socket socket, ByteChannel plain, bool hasPlace)
    {
        var (secured, failure) = await handshakes!.ShakeAsync(socket, plain).ConfigureAwait(false);
        if (secured is null)
        {
            context.Log.Info("[{0}] {1}: a TLS handshake failed: {2}", context.Name, endpoint, failure);
            context.Counters.Refused(RefusalReason.TlsFailed);
            GiveBack(hasPlace);
            return;
        }

        try
        {
            Arrive(socket, secured, hasPlace);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            secured.Dispose();
            Drop(socket, hasPlace, "was gone after its handshake", exception);
        }
    }

    private void Arrive(Socket socket, ByteChannel channel, bool hasPlace) =>
        context.Arrive(new ServerActor.Accepted(new SocketTransport(socket, channel, context.Options), endpoint, hasPlace), server);

    private void Drop(Socket socket, bool hasPlace, string why, Exception cause)
    {
        context.Log.Debug("[{0}] {1}: a connection {2}: {3}", context.Name, endpoint, why, cause.Message);
        socket.Dispose();
        GiveBack(hasPlace);
    }

    private void GiveBack(bool hasPlace)
    {
        if (hasPlace)
        {
            context.Admission.Release();
        }
    }

    private void Refuse(Socket socket, RefusalReason reason)
    {
        context.Counters.Refused(reason);
        socket.ResetWhenClosed();
        socket.Dispose();
    }
}
