using System.Net.Sockets;
using ActorSockets.Drivers;
using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>
/// The sending half of a connection: hands what was written to the driver, one piece at a time, and watches what the
/// other side takes of it. What is flushed is sent at once, on the thread that flushes, unless a piece is on its way.
/// </summary>
internal abstract class OutputSender : IOutputOwner
{
    private const long Never = -1;

    // What is being done about sending.
    private const int Idle = 0;
    private const int Sending = 1;
    private const int SendingAndMore = 2;

    private readonly SocketServerOptions _options;
    private readonly int _mostAtOnce;
    private readonly Lock _looking = new();
    private ITransportOwner? _owner;
    private volatile bool _lost;
    private bool _looksNoMore;
    private int _state;
    private bool _aboveHighWater;
    private long _finSentAt = Never;
    private long _writtenAt = Never;
    private long _handed;
    private long _taken;
    private long _progressAt;
    private long _bytesSent;

    /// <param name="socket">The socket, to see what the other side takes.</param>
    /// <param name="options">The water marks and the limit.</param>
    /// <param name="mostAtOnce">What is handed to the driver at a time, at most.</param>
    protected OutputSender(Socket socket, SocketServerOptions options, int mostAtOnce = Transport.FrameSize)
    {
        (Socket, _options, _mostAtOnce) = (socket, options, mostAtOnce);
        Output = new OutputBuffer(options, this);
    }

    public OutputBuffer Output { get; }

    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>When FIN was sent, in milliseconds of <see cref="RunningTime"/>; null before.</summary>
    public long? FinSentAt => Volatile.Read(ref _finSentAt) is not Never and var at ? at : null;

    protected Socket Socket { get; }

    /// <summary>True when the connection is gone.</summary>
    protected bool IsLost => _lost;

    /// <summary>Sends from now on.</summary>
    public void Start(ITransportOwner owner)
    {
        _owner = owner;
        Send();
    }

    /// <summary>True when a write is under way and the other side has taken nothing for the write stall timeout. Called once per second.</summary>
    public bool IsStalled(long now)
    {
        if (Volatile.Read(ref _writtenAt) is var since && since == Never)
        {
            return false;
        }

        lock (_looking)
        {
            // A write ends when the kernel has taken all of it, which a slow reader makes last; each byte of it is progress.
            if (!_looksNoMore && TryGetTaken(out var taken) && taken != _taken)
            {
                (_taken, _progressAt) = (taken, now);
            }
        }

        return now - Math.Max(since, _progressAt) >= _options.WriteStallTimeout.TotalMilliseconds;
    }

    /// <summary>Sends what was written, then FIN.</summary>
    public void Finish() => Output.Complete();

    /// <summary>The connection is gone: nothing more is sent.</summary>
    public virtual void Lose()
    {
        _lost = true;
        Output.End();
        Send();
    }

    /// <summary>Called before the socket is closed: .NET resets a connection whose socket is in use at that moment, and what was sent last is lost.</summary>
    public void LookNoMore()
    {
        lock (_looking)
        {
            _looksNoMore = true;
        }
    }

    void IOutputOwner.ThrowIfClosed() => ThrowIfClosed();

    void IOutputOwner.Flushed() => Send();

    void IOutputOwner.Overflowed() => _owner?.OutputOverflowed();

    /// <inheritdoc cref="IOutputOwner.ThrowIfClosed"/>
    protected abstract void ThrowIfClosed();

    /// <summary>The kernel has taken a part of what is being written.</summary>
    protected void Handed(int bytes) => Volatile.Write(ref _handed, _handed + bytes);

    /// <summary>Completes when the kernel has taken the bytes, with false when the connection was lost before.</summary>
    protected abstract ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> piece);

    /// <summary>Everything is sent: ends our direction.</summary>
    protected abstract ValueTask SendFinAsync();

    /// <summary>Nothing is sent any more.</summary>
    protected virtual void Done()
    {
    }

    /// <summary>Sends on, unless that is under way.</summary>
    private void Send()
    {
        if (_owner is null)
        {
            return;
        }

        while (Interlocked.CompareExchange(ref _state, Sending, Idle) != Idle)
        {
            // Whoever is sending looks again, unless that one has just stopped.
            if (Interlocked.CompareExchange(ref _state, SendingAndMore, Sending) != Idle)
            {
                return;
            }
        }

        SendAll();
    }

    private void SendAll()
    {
        bool ends;
        do
        {
            // Before it is looked whether there is anything left to send.
            ends = Output.IsCompleted;
            while (!_lost && Output.TryTake(_mostAtOnce, out var piece))
            {
                Volatile.Write(ref _writtenAt, RunningTime.Now);
                var writing = WriteAsync(piece);
                if (!writing.IsCompletedSuccessfully)
                {
                    FinishWriteAsync(writing, piece.Length);
                    return;
                }

                Sent(piece.Length, writing.Result);
            }

            ends |= _lost;
        }
        while (GoesOn(ends));

        if (ends)
        {
            FinishAsync();
        }
    }

    private async void FinishWriteAsync(ValueTask<bool> writing, int length)
    {
        try
        {
            Sent(length, await writing.ConfigureAwait(false));
            SendAll();
        }
        catch (Exception exception)
        {
            // An error of ours in the background costs this connection and nothing else.
            _owner!.TransportFaulted(exception);
            Done();
        }
    }

    private async void FinishAsync()
    {
        try
        {
            if (!_lost)
            {
                // It waits for room as what is written does.
                Volatile.Write(ref _writtenAt, RunningTime.Now);
                await SendFinAsync().ConfigureAwait(false);
                Volatile.Write(ref _finSentAt, RunningTime.Now);
                Volatile.Write(ref _writtenAt, Never);
            }
        }
        catch (Exception exception)
        {
            _owner!.TransportFaulted(exception);
        }

        Done();
    }

    /// <summary>True when there may be more to send. Otherwise somebody may begin to send again, unless this was the end.</summary>
    private bool GoesOn(bool ends)
    {
        if (!ends && Interlocked.CompareExchange(ref _state, Idle, Sending) == Sending)
        {
            return false;
        }

        return Interlocked.Exchange(ref _state, Sending) == SendingAndMore;
    }

    /// <summary>Something that grows as the other side takes what is sent.</summary>
    private bool TryGetTaken(out long taken)
    {
        if (TcpInfo.TryGetBytesAcknowledged(Socket, out taken))
        {
            return true;
        }

        // The queue alone could be as long at each look, though it was emptied and filled in between.
        var isKnown = UnixSendQueue.TryGetLength(Socket, out var queued);
        taken = Volatile.Read(ref _handed) - queued;
        return isKnown;
    }

    private void Sent(int bytes, bool isTaken)
    {
        var writtenAt = _writtenAt;
        Volatile.Write(ref _writtenAt, Never);
        if (isTaken)
        {
            Volatile.Write(ref _bytesSent, _bytesSent + bytes);
            _owner!.OutputSent(bytes, writtenAt);
        }

        var left = Output.Sent(bytes);
        _aboveHighWater |= left + bytes > _options.OutputHighWater;
        if (_aboveHighWater && left <= _options.OutputLowWater && isTaken)
        {
            _aboveHighWater = false;
            _owner!.OutputDrained();
        }
    }
}
