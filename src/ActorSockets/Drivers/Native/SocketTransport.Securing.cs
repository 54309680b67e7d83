using System.Net.Sockets;
using ActorSockets.Servers;

namespace ActorSockets.Drivers.Native;

/// <content>Going on by TLS.</content>
internal sealed partial class SocketTransport
{
    private volatile TlsDetails? _tls;
    private volatile TlsUpgrade? _upgrade;

    public override async Task StartTlsAsync(ServerTls tls, ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken)
    {
        if (_tls is not null)
        {
            throw new InvalidOperationException("the connection has TLS already");
        }

        if (!tls.IsOpen)
        {
            throw new InvalidOperationException("the server has no certificate for TLS: set tls.certificate, or UseTls in code");
        }

        ThrowIfClosed();
        await SecureAsync(tls.Upgrades, HoldInput(), goAhead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whatever comes from here on goes to the handshake.</summary>
    private TlsUpgrade HoldInput()
    {
        if (Output.IsCompleted)
        {
            throw new InvalidOperationException("the output was completed: the other side cannot be told to go ahead with TLS");
        }

        var upgrade = new TlsUpgrade();
        _upgrade = upgrade;
        if (HasMore() || !_input.TryHold())
        {
            throw new ProtocolException("the other side sent something, or finished sending, before it was told to go ahead with TLS");
        }

        return upgrade;
    }

    private async Task SecureAsync(TlsHandshakes handshakes, TlsUpgrade upgrade, ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken)
    {
        TlsChannel? secured = null;
        using var deadline = new CancellationTokenSource(handshakes.Timeout, RunningTime.Provider);
        try
        {
            await using var giveUp = cancellationToken.UnsafeRegister(_ => Cut(), null).ConfigureAwait(false);
            await using var cut = deadline.Token.UnsafeRegister(_ => Cut(), null).ConfigureAwait(false);
            Output.Put(goAhead.Span);
            if ((await Output.HoldAsync().ConfigureAwait(false)).IsCanceled)
            {
                throw new OperationCanceledException("the pending flush of the go-ahead was cancelled");
            }

            var received = await upgrade.Received.ConfigureAwait(false) ?? throw _owner!.CreateClosedException();
            secured = new TlsChannel(_channel, received);
            await handshakes.AuthenticateAsync(secured).ConfigureAwait(false);
            GoOnBy(secured);
        }
        catch
        {
            // Also of the user's hooks of the handshake: what is neither plain nor secured is of no use.
            Cut();
            secured?.Dispose();
            upgrade.End();
            if (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(handshakes.LateMessage);
            }

            throw;
        }

        upgrade.Succeed();
        Output.Release();
    }

    /// <summary>Nothing is sent or received at this moment.</summary>
    private void GoOnBy(TlsChannel secured)
    {
        _channel = secured;

        // Either this sees that it was disposed of, or that disposes of this channel.
        Interlocked.MemoryBarrier();
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        _tls = TlsDetails.Of(secured.Stream);
        _sender.SwitchTo(secured);
        _input.Release();
    }

    private void Cut()
    {
        _owner!.TransportEnding(CloseReason.TlsFailed);
        Abort();
    }

    private bool HasMore()
    {
        try
        {
            return _socket.Available > 0;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw _owner!.CreateClosedException();
        }
    }
}
