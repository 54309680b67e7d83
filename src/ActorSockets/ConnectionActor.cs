using System.Buffers;

namespace ActorSockets;

/// <summary>
/// A connection as an actor: asyncio's <c>Protocol</c> with a mailbox. Derive from it, override
/// <see cref="OnReceived"/>, and declare with <c>Receive&lt;T&gt;</c> what the rest of the system may tell it. What a
/// turn writes to <see cref="Connection.Output"/> is sent at the end of the turn; more than <c>write-limit</c> in one turn
/// is too much. Code that awaits (<c>ReceiveAsync&lt;T&gt;</c>) sends with <see cref="Connection.SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/> instead.
/// <para>
/// A restart makes a fresh instance on the same socket: its constructor and <see cref="OnConnected"/> run again, and
/// the input that was not consumed is delivered to it.
/// </para>
/// </summary>
public abstract class ConnectionActor : PeerActor
{
    private bool _connected;
    private bool _peerCompleted;
    private bool _delivering;
    private SequencePosition? _consumed;

    /// <summary>Called by the socket server only, for each connection.</summary>
    /// <exception cref="InvalidOperationException">Somebody else made one.</exception>
    protected ConnectionActor() => Connection = OwnPeer as Connection
        ?? throw new InvalidOperationException($"{GetType()} is a handler for stream endpoints, but {OwnPeer.Endpoint} is a datagram endpoint");

    /// <summary>The connection that this actor serves.</summary>
    protected Connection Connection { get; }

    /// <summary>The connection is there, nothing was read yet (<c>connection_made</c>). Called again on the fresh instance after a restart. Default: nothing.</summary>
    protected virtual void OnConnected()
    {
    }

    /// <summary>
    /// Bytes arrived (<c>data_received</c>): never empty, cut anywhere. When it returns, all of them count as consumed,
    /// unless it called <see cref="Advance(SequencePosition)"/>; call that before handling each frame, and an exception costs that frame only.
    /// While more than <c>output.high-water</c> is unsent, it is not called and the other side is not read from.
    /// </summary>
    /// <param name="data">The bytes; the memory is valid during the call only.</param>
    protected abstract void OnReceived(in ReadOnlySequence<byte> data);

    /// <summary>The other side has finished sending (<c>eof_received</c>). Default: closes, after what was written is sent.</summary>
    protected virtual void OnPeerCompleted() => Connection.Close();

    /// <summary>Says, within <see cref="OnReceived"/>, up to where bytes are consumed; the rest is delivered again when more has arrived.</summary>
    /// <param name="consumed">A position in the data.</param>
    /// <exception cref="InvalidOperationException">Called outside of <see cref="OnReceived"/>.</exception>
    protected void Advance(SequencePosition consumed)
    {
        if (!_delivering)
        {
            throw new InvalidOperationException($"{nameof(Advance)} is for use within {nameof(OnReceived)}");
        }

        _consumed = consumed;
    }

    private protected sealed override void OnSignal()
    {
        try
        {
            if (!_connected)
            {
                _connected = true;
                OnConnected();
            }

            Deliver();
        }
        catch
        {
            // The signal that failed is gone; whoever goes on, this instance or a fresh one, must look again.
            Connection.Signal();
            throw;
        }
    }

    private protected sealed override void FlushTurn() => Connection.FlushTurn();

    private protected sealed override void EndTurn()
    {
        if (Connection.CloseRequested)
        {
            Connection.End(Connection.PeerHasCompleted ? CloseReason.PeerClosed : CloseReason.LocalClosed);
        }

        if (Connection.CloseReason is not null)
        {
            Context.Stop(Self);
        }
    }

    private void Deliver()
    {
        while (!_peerCompleted && !Connection.CloseRequested && Connection.CloseReason is null
            && Connection.Unsent <= Connection.Context.Options.OutputHighWater
            && Connection.CurrentInput.TryRead(out var result))
        {
            if (!result.Buffer.IsEmpty && Deliver(result.Buffer))
            {
                continue;
            }

            if (result.IsCompleted)
            {
                if (result.Buffer.IsEmpty)
                {
                    Connection.CurrentInput.AdvanceTo(result.Buffer.End);
                }

                _peerCompleted = true;
                CompletePeer();
            }
        }
    }

    private void CompletePeer()
    {
        try
        {
            OnPeerCompleted();
        }
        catch (Exception exception) when (Connection.Failures.Foresee(exception, Environment.TickCount64) == OnFailure.Resume)
        {
            // With the failing event dropped, nobody would ever close.
            Connection.Close();
            throw;
        }
    }

    /// <summary>True when bytes were consumed.</summary>
    private bool Deliver(in ReadOnlySequence<byte> data)
    {
        _consumed = null;
        _delivering = true;
        var examined = data.Start;
        try
        {
            OnReceived(data);
            if (_consumed is null)
            {
                _consumed = data.End;
            }
            else if (data.Start.Equals(_consumed) && data.Length >= Connection.Context.Options.InputWindow && !Connection.CloseRequested)
            {
                throw new FrameTooLargeException(Connection.Context.Options.InputWindow, data);
            }

            examined = data.End;
            return !data.Start.Equals(_consumed);
        }
        finally
        {
            _delivering = false;
            var consumed = _consumed ?? data.End;

            // After a failure the rest counts as not looked at: the next handler sees it at once.
            Connection.CurrentInput.AdvanceTo(consumed, examined.Equals(data.End) ? examined : consumed);
        }
    }
}
