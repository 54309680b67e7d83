using System.Text;
using ActorSockets.Diagnostics;
using Akka.Event;

namespace ActorSockets;

/// <content>Going on by TLS.</content>
public sealed partial class Connection
{
    private bool _isSecuring;

    /// <summary>
    /// Goes on by TLS (STARTTLS; <c>loop.start_tls</c>, <c>StreamWriter.start_tls</c>): what was written is sent, then the go-ahead, and then hands are shaken by what <c>tls</c> of
    /// the configuration and <see cref="SocketServerBuilder.UseTls"/> say, within <c>tls.handshake-timeout</c>. Afterwards <see cref="Tls"/> tells the details,
    /// and all that is read and written goes by TLS; other calls of <see cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/> wait until then.
    /// <para>
    /// Nothing that was sent in plain is ever read as if it had come by TLS. Consume the command that asks for it, and nothing after it: where more
    /// has come, it is refused before anything of the go-ahead is sent, and the connection is as it was; close it. What comes later goes to the
    /// handshake. That fails on anything else than a client's first message, and a handshake that fails resets the connection.
    /// Forget what the other side has said before, as it may have been somebody else.
    /// </para>
    /// <para>
    /// A <see cref="ConnectionActor"/> calls its <see cref="ConnectionActor.StartTls(ReadOnlyMemory{byte})"/> from where it is given its input, and may await
    /// this in <c>ReceiveAsync&lt;T&gt;</c>. The endpoint's driver must be <c>native</c>.
    /// </para>
    /// </summary>
    /// <param name="goAhead">What tells the other side to begin, as <c>220 go ahead\r\n</c> of SMTP; may be empty. Unchanged until it is done.</param>
    /// <param name="cancellationToken">Gives up: before the go-ahead nothing has happened, afterwards the connection is reset.</param>
    /// <exception cref="ProtocolException">Something has come that was not consumed, or the end of the stream. Nothing was sent.</exception>
    /// <exception cref="ConnectionClosedException">The connection has ended; by <see cref="CloseReason.TlsFailed"/> where the handshake failed, and the inner exception says how.</exception>
    /// <exception cref="InvalidOperationException">It has TLS already, or this is under way; the server has no certificate; the output was completed.</exception>
    /// <exception cref="NotSupportedException">The driver cannot.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async ValueTask StartTlsAsync(ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken = default)
    {
        if (CloseReason is { } ended)
        {
            throw new ConnectionClosedException(Id, ended);
        }

        if (Interlocked.Exchange(ref _isSecuring, true))
        {
            throw new InvalidOperationException("the connection is about to go on by TLS already");
        }

        try
        {
            await StartTlsInTurnAsync(goAhead, cancellationToken).ConfigureAwait(false);
            Recorder.Record(ConnectionEventKind.Secured);
        }
        catch (Exception exception) when (CloseReason is not null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reason = CloseReason.Value;
            if (reason == ActorSockets.CloseReason.TlsFailed)
            {
                Context.Limited.Write(LogLine.EntranceFailed, LogLevel.InfoLevel, null, "[{0}] the TLS handshake failed: {1}", Id, exception.GetBaseException().Message);
            }

            throw new ConnectionClosedException(Id, reason, exception);
        }
        finally
        {
            _isSecuring = false;
        }
    }

    /// <summary>The same with a go-ahead as text, sent as UTF-8; see <see cref="StartTlsAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="goAhead">The text; no line end is added.</param>
    /// <param name="cancellationToken">Gives up: before the go-ahead nothing has happened, afterwards the connection is reset.</param>
    /// <inheritdoc cref="StartTlsAsync(ReadOnlyMemory{byte}, CancellationToken)" path="/exception"/>
    public ValueTask StartTlsAsync(string goAhead, CancellationToken cancellationToken = default) =>
        StartTlsAsync(Encoding.UTF8.GetBytes(goAhead), cancellationToken);

    private async ValueTask StartTlsInTurnAsync(ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Closed);
        await Sending.WaitAsync(waiting.Token).ConfigureAwait(false);
        try
        {
            await Context.Tls.Upgrades.TakePlaceAsync(waiting.Token).ConfigureAwait(false);
            try
            {
                await _transport.StartTlsAsync(Context.Tls, goAhead, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Context.Tls.Upgrades.GiveBackPlace();
            }
        }
        finally
        {
            Sending.Release();
        }
    }
}
