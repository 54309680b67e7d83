using System.Net.Sockets;
using ActorSockets.Servers;

namespace ActorSockets.Drivers.Native;

/// <summary>The handshakes of one endpoint, or of the upgrades of a server: a bounded number at a time, each within its time.</summary>
internal sealed class TlsHandshakes(ServerTls tls, TimeSpan timeout) : IDisposable
{
    // A longer one is none.
    private readonly TimeSpan _timeout = TimerLimit.Cut(timeout);
    private readonly EntrancePlaces _places = new();
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>Why one failed whose time was over.</summary>
    public string LateMessage => $"it was not done within {_timeout.TotalSeconds:0.###} s";

    /// <summary>How long one may take.</summary>
    public TimeSpan Timeout => _timeout;

    /// <summary>Waits until one more may begin.</summary>
    public Task WhenThereIsRoomAsync() => _places.WhenOneIsFreeAsync(_stopped.Token);

    /// <summary>Shakes hands.</summary>
    /// <returns>The secured channel; null with the reason where the handshake failed, and the socket is closed.</returns>
    public async Task<(TlsChannel? Secured, string? Failure)> ShakeAsync(Socket socket, ByteChannel plain)
    {
        await _places.WaitAsync().ConfigureAwait(false);
        var secured = new TlsChannel(plain);
        using var deadline = new CancellationTokenSource(_timeout, RunningTime.Provider);
        await using var giveUp = _stopped.Token.UnsafeRegister(_ => Reset(), null).ConfigureAwait(false);

        // What waits for the other side ends when the socket is closed.
        await using var end = deadline.Token.UnsafeRegister(_ => Reset(), null).ConfigureAwait(false);
        try
        {
            await AuthenticateAsync(secured).ConfigureAwait(false);
            return (secured, null);
        }
        catch (Exception exception)
        {
            // Whatever it is (.NET throws all kinds for a hello that is malformed, and hooks are the user's): it costs this connection and nothing else.
            Reset();
            secured.Dispose();
            return (null, _stopped.IsCancellationRequested ? "the endpoint was given up"
                : deadline.IsCancellationRequested ? LateMessage
                : exception.GetBaseException().Message);
        }
        finally
        {
            _places.Release();
        }

        void Reset()
        {
            socket.ResetWhenClosed();
            plain.Dispose();
        }
    }

    /// <summary>One more begins, as soon as it may.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public Task TakePlaceAsync(CancellationToken cancellationToken) => _places.WaitAsync(cancellationToken);

    public void GiveBackPlace() => _places.Release();

    /// <summary>Shakes hands; only the end of the channel ends it before its time.</summary>
    public Task AuthenticateAsync(TlsChannel secured) => secured.AuthenticateAsync((_, hello, _, _) => ValueTask.FromResult(tls.For(hello.ServerName)));

    // Not of the places: those who are under way still release them.
    public void Dispose() => _stopped.Cancel();
}
