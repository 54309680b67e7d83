using System.ComponentModel;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ActorSockets.Drivers.Native;

/// <summary>The handshakes of one endpoint: a bounded number at a time, each within its time.</summary>
internal sealed class TlsHandshakes(ServerTls tls, TimeSpan timeout) : IDisposable
{
    // More clients than that wait in the kernel's queue.
    private const int Most = 1000;

    private readonly SemaphoreSlim _places = new(Most);
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>Waits until one more may begin.</summary>
    public async Task WhenThereIsRoomAsync()
    {
        await _places.WaitAsync(_stopped.Token).ConfigureAwait(false);
        _places.Release();
    }

    /// <summary>Shakes hands.</summary>
    /// <returns>The secured stream; null with the reason where the handshake failed.</returns>
    public async Task<(SslStream? Secured, string? Failure)> ShakeAsync(Socket socket)
    {
        await _places.WaitAsync().ConfigureAwait(false);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        deadline.CancelAfter(timeout);
        try
        {
            await stream.AuthenticateAsServerAsync((_, hello, _, _) => ValueTask.FromResult(tls.For(hello.ServerName)), null, deadline.Token).ConfigureAwait(false);
            return (stream, null);
        }
        catch (OperationCanceledException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return (null, _stopped.IsCancellationRequested ? "the endpoint was given up" : $"it was not done within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or Win32Exception or ObjectDisposedException or InvalidOperationException or NotSupportedException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return (null, exception.GetBaseException().Message);
        }
        finally
        {
            _places.Release();
        }
    }

    // Not of the places: handshakes that are under way still release them.
    public void Dispose() => _stopped.Cancel();
}
