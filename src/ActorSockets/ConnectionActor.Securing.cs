using System.Text;

namespace ActorSockets;

/// <content>Going on by TLS.</content>
public abstract partial class ConnectionActor
{
    private Func<Task>? _securing;

    /// <summary>
    /// Has the connection go on by TLS after this turn, as <see cref="Connection.StartTlsAsync(ReadOnlyMemory{byte}, CancellationToken)"/> does: in <see cref="OnFrame"/>, or in
    /// <see cref="OnReceived"/> after <see cref="Advance(SequencePosition)"/> up to the end of the command that asks for it. Until hands are shaken no input is delivered
    /// and no message handled. What comes of it is a failure of the actor: bytes that have come behind the command are a <see cref="ProtocolException"/>, which
    /// closes the connection unless the restart policy says something else. <see cref="Connection.Tls"/> tells when it is done.
    /// </summary>
    /// <param name="goAhead">What tells the other side to begin, as <c>220 go ahead\r\n</c> of SMTP; may be empty. Unchanged until it is done.</param>
    /// <exception cref="InvalidOperationException">That was asked for already in this turn.</exception>
    protected void StartTls(ReadOnlyMemory<byte> goAhead) => _securing = _securing is null
        ? () => Connection.StartTlsAsync(goAhead).AsTask()
        : throw new InvalidOperationException("the connection is about to go on by TLS already");

    /// <summary>The same with a go-ahead as text, sent as UTF-8; see <see cref="StartTls(ReadOnlyMemory{byte})"/>.</summary>
    /// <param name="goAhead">The text; no line end is added.</param>
    /// <exception cref="InvalidOperationException">That was asked for already in this turn.</exception>
    protected void StartTls(string goAhead) => StartTls(Encoding.UTF8.GetBytes(goAhead));

    private void StartTlsAfterTurn()
    {
        if (!IsAwaiting)
        {
            RunBeforeNextMessage(SecureAsync);
        }
    }

    private async Task SecureAsync()
    {
        try
        {
            await _securing!();
        }
        finally
        {
            _securing = null;
        }
    }
}
