using System.Buffers;
using System.Collections.Concurrent;
using ActorSockets.Handlers;
using ActorSockets.Supervision;
using Akka.Actor;

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
public abstract partial class ConnectionActor : PeerActor
{
    // Then other messages, and others on the dispatcher, get their turn.
    private const int DeliveriesPerTurn = 32;

    // Which classes have a verification of their own: looked up once, not for each connection.
    private static readonly ConcurrentDictionary<Type, bool> Verifies = new();

    private bool _verifying;
    private bool _connected;
    private bool _peerCompleted;
    private bool _delivering;
    private SequencePosition? _consumed;
    private bool _holdsBack;
    private bool _heldBackLongEnough;

    /// <summary>Called by the socket server only, for each connection.</summary>
    /// <param name="frames">How frames are told apart: then <see cref="OnFrame"/> is given one at a time. Null: <see cref="OnReceived"/> is to be overridden.</param>
    /// <exception cref="InvalidOperationException">Somebody else made one.</exception>
    protected ConnectionActor(FrameReader? frames = null)
    {
        _frames = frames;
        Connection = OwnPeer as Connection
            ?? throw new InvalidOperationException($"{GetType()} is a handler for stream endpoints, but {OwnPeer.Endpoint} is a datagram endpoint");
    }

    /// <summary>The connection that this actor serves.</summary>
    protected Connection Connection { get; }

    /// <summary>
    /// Decides whether the connection is served (<c>socketserver.BaseServer.verify_request</c>), after
    /// <see cref="SocketServerBuilder.Verify"/> and once in a connection's life. False closes it politely, without
    /// <see cref="OnConnected"/>. While it awaits, the actor handles no messages. Default: true.
    /// </summary>
    protected virtual ValueTask<bool> VerifyAsync() => ValueTask.FromResult(true);

    /// <summary>The connection is there, nothing was read yet (<c>connection_made</c>). Called again on the fresh instance after a restart. Default: nothing.</summary>
    protected virtual void OnConnected()
    {
    }

    /// <summary>
    /// Bytes arrived (<c>data_received</c>): never empty, cut anywhere. When it returns, all of them count as consumed,
    /// unless it called <see cref="Advance(SequencePosition)"/>; call that before handling each frame, and an exception costs that frame only.
    /// While more than <c>output.high-water</c> is unsent, it is not called and the other side is not read from. Default: takes the frames
    /// apart and hands each to <see cref="OnFrame"/>. asyncio's <c>BufferedProtocol</c> is deliberately not carried over: the data is not
    /// copied for this call in any case, and a request handler that wants to own a buffer reads from <see cref="Connection.Input"/>.
    /// </summary>
    /// <param name="data">The bytes; the memory is valid during the call only.</param>
    /// <exception cref="NotSupportedException">The actor has no frame reader, and does not override this.</exception>
    protected virtual void OnReceived(in ReadOnlySequence<byte> data) => ReadFrames(data);

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
        Connection.AwaitsInput = false;
        _heldBackLongEnough = _holdsBack;
        try
        {
            if (IsConnected())
            {
                ResumeWriting();
                Deliver();
            }
        }
        catch
        {
            // The signal that failed is gone; whoever goes on, this instance or a fresh one, must look again.
            Connection.Signal();
            throw;
        }
    }

    private protected sealed override bool HasBegun => Connection.HasBegun;

    // After a restart, messages may stand in the mailbox before the signal: whoever handles them is connected first.
    private protected sealed override bool IsReady(object message)
    {
        if (IsConnected())
        {
            return true;
        }

        if (Connection.CloseReason is null && !Connection.CloseRequested)
        {
            Self.Tell(message, Sender);
        }

        return false;
    }

    private protected sealed override void FlushTurn()
    {
        // What the messages write that wait already goes along, and no others: the signal comes behind them.
        if (IsAwaiting || _heldBackLongEnough || !((ActorCell)Context).HasMessages)
        {
            (_holdsBack, _heldBackLongEnough) = (false, false);
            Connection.FlushTurn();
            return;
        }

        Connection.FlushIfMuch();
        if (!_holdsBack && Connection.HasUnflushed)
        {
            _holdsBack = true;
            Connection.Signal();
        }
    }

    private protected sealed override void EndTurn()
    {
        if (_securing is not null && !Connection.CloseRequested && Connection.CloseReason is null)
        {
            StartTlsAfterTurn();
        }
        else if (Connection.CloseRequested || Connection.CloseReason is not null || Connection.IsSwitching)
        {
            EndHandler();
        }
        else if (!_writingPaused && IsAboveHighWater)
        {
            // Told in a turn of its own, where its failure is one of the actor's.
            Connection.Signal();
        }
    }

    private void EndHandler()
    {
        if (IsAwaiting)
        {
            Connection.Signal();
            return;
        }

        if (Connection.CloseRequested)
        {
            Connection.EndAsAsked();
        }

        if (Connection.CloseReason is null)
        {
            Connection.FlushTurn();
            throw new HandlerSwitch();
        }

        Context.Stop(Self);
    }

    private bool IsConnected()
    {
        if (!IsVerified())
        {
            return false;
        }

        if (!_connected)
        {
            (_connected, Connection.HasBegun) = (true, true);
            BecomeLast();
            Phase = HandlerPhase.Setup;
            OnConnected();
            Phase = HandlerPhase.Handle;
        }

        return true;
    }

    /// <summary>True when the connection is to be served. Asks, at first; what comes of a question that takes its time is signalled.</summary>
    private bool IsVerified()
    {
        if (!Connection.IsVerified && !_verifying)
        {
            (_verifying, Connection.HasBegun) = (true, true);
            Phase = HandlerPhase.Verify;
            if (Connection.Context.Handlers.Hooks.VerifiesConnections || Verifies.GetOrAdd(GetType(), static (_, actor) => IsOverridden(actor.VerifyAsync), this))
            {
                RunBeforeNextMessage(VerifyInTurnAsync);
            }
            else
            {
                Connection.IsVerified = true;
            }
        }

        return Connection.IsVerified;
    }

    private async Task VerifyInTurnAsync()
    {
        if (await ServerHooks.TakeAnswerAsync(Connection.Context.Handlers.Hooks.VerifyAsync(Connection), Connection)
            && await ServerHooks.TakeAnswerAsync(VerifyAsync(), Connection))
        {
            Connection.IsVerified = true;
            Phase = HandlerPhase.Handle;
        }
        else
        {
            Connection.Reject();
        }
    }

    private void Deliver()
    {
        var left = DeliveriesPerTurn;
        while (!_peerCompleted && MayGoOn && left-- > 0 && Connection.CurrentInput.MayHaveNews && Connection.CurrentInput.TryRead(out var result))
        {
            var hasRest = !result.Buffer.IsEmpty;
            if (hasRest && Deliver(result.Buffer))
            {
                continue;
            }

            if (result.IsCompleted)
            {
                if (!hasRest)
                {
                    Connection.CurrentInput.AdvanceTo(result.Buffer.End);
                }

                _peerCompleted = true;
                CompletePeer(hasRest);
            }
        }

        if (IsAboveHighWater)
        {
            PauseWriting();
        }

        if (left < 0)
        {
            Connection.Signal();
        }

        Connection.AwaitsInput = MayGoOn && !_peerCompleted;
    }

    private void CompletePeer(bool hasRest)
    {
        try
        {
            if (hasRest && _frames is not null)
            {
                CompleteFrames();
            }

            OnPeerCompleted();
        }
        catch when (Connection.Failures.MayResume)
        {
            // With the failing event dropped, nobody would ever close.
            Connection.Close();
            throw;
        }
    }

    /// <summary>True when bytes were consumed.</summary>
    private bool Deliver(in ReadOnlySequence<byte> data)
    {
        (_consumed, _delivering, _leftOff) = (null, true, false);
        var looksAtAll = false;
        try
        {
            OnReceived(data);
            Connection.FlushIfMuch();
            var consumed = _consumed ??= data.End;
            var isStuck = data.Start.Equals(consumed);
            if (_frames is null && isStuck && data.Length >= Connection.Context.Options.InputWindow && !Connection.CloseRequested)
            {
                throw new FrameTooLargeException(Connection.Context.Options.InputWindow, data);
            }

            looksAtAll = !_leftOff;
            return !isStuck;
        }
        finally
        {
            _delivering = false;
            var upTo = _consumed ?? data.End;
            NoteFrame(data, upTo, looksAtAll);

            // What was not looked at, by a failure or because the output is full, is there again at once.
            Connection.CurrentInput.AdvanceTo(upTo, looksAtAll ? data.End : upTo);
        }
    }

    /// <summary>The time of a frame runs from when it has begun, and not while we are the ones that are late.</summary>
    private void NoteFrame(in ReadOnlySequence<byte> data, SequencePosition consumed, bool looksAtAll)
    {
        if (!data.Start.Equals(consumed))
        {
            Connection.FrameEnded();
        }

        if (looksAtAll && !data.End.Equals(consumed))
        {
            Connection.FrameBegun();
        }
    }
}
