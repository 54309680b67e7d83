using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Accepts the connections of one listening socket.</summary>
/// <param name="listening">The socket.</param>
/// <param name="isShared">Another process has it as well, or had it.</param>
/// <param name="endpoint">As it was bound.</param>
/// <param name="context">The server.</param>
/// <param name="entrance">Where they go.</param>
/// <param name="listener">Told when the socket is of no use any more.</param>
internal sealed class Acceptor(Socket listening, bool isShared, Endpoint endpoint, ServerContext context, Entrance entrance, IActorRef listener)
    : IDisposable
{
    // Then others get their turn on the thread.
    private const int AcceptsPerTurn = 64;

    // Where .NET accepts asynchronously, a Unix client with a longer name than the listening socket's ends the process.
    private readonly AcceptQueue? _queue = OperatingSystem.IsLinux() && (context.Options.UsesEventLoop || listening.AddressFamily == AddressFamily.Unix)
        ? new AcceptQueue(listening, isShared, context.Options.UsesEventLoop)
        : null;

    private readonly bool _waitsForPlace = context.Options.Overflow == Overflow.Wait;
    private readonly CancellationTokenSource _stopping = new();

    public void Start() => Task.Run(async () =>
    {
        AcceptPressure.Shared.Join();
        try
        {
            await RunAsync().ConfigureAwait(false);
        }
        finally
        {
            AcceptPressure.Shared.Leave();
        }
    });

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
    }

    private async Task RunAsync()
    {
        var stopping = _stopping.Token;
        for (var accepted = 1; !stopping.IsCancellationRequested; accepted++)
        {
            try
            {
                await entrance.WhenOneMoreMayComeAsync(stopping).ConfigureAwait(false);
                await AcceptPressure.Shared.WhenThereIsEnoughAsync(context, endpoint, stopping).ConfigureAwait(false);
                var socket = _queue is null ? await listening.AcceptAsync().ConfigureAwait(false) : await _queue.AcceptAsync().ConfigureAwait(false);
                AcceptPressure.Shared.Accepted(socket);
                if (isShared)
                {
                    // .NET has whoever gives a listening socket up leave it with a linger time of 0, and connections have it from there.
                    socket.LingerState = new LingerOption(false, 0);
                }

                if (entrance.Examine(socket) is { } arrival)
                {
                    // Until there is a place, all who come after it wait in the kernel's queue.
                    entrance.Admit(arrival with { HasPlace = _waitsForPlace && await TryTakePlaceAsync(stopping).ConfigureAwait(false) });
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
}
