using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>
/// What a connection has to send: staged by the handler in pooled memory, taken piece by piece by the <see cref="OutputSender"/>. While one
/// piece is on its way, what is written comes together in the next. Empty, it holds no memory.
/// </summary>
/// <param name="options">The water marks and the limit.</param>
/// <param name="owner">Whose it is.</param>
internal sealed class OutputBuffer(SocketServerOptions options, IOutputOwner owner) : PipeWriter
{
    /// <summary>What large data is cut into, so that back-pressure applies within it.</summary>
    public const int Piece = 32 * 1024;

    private readonly Lock _gate = new();
    private PendingResult<FlushResult>? _flush;
    private BufferSegment? _head;
    private BufferSegment? _tail;
    private BufferSegment? _spare;
    private BufferSize _size;
    private long _written;
    private long _flushed;
    private long _sent;
    private bool _lent;
    private bool _overtaken;
    private bool _taken;
    private bool _cancelled;
    private bool _completed;
    private bool _ended;
    private bool _held;

    /// <summary>Bytes written that the kernel has not taken yet, flushed or not.</summary>
    public long Unsent => Volatile.Read(ref _written) - Volatile.Read(ref _sent);

    /// <summary>True when the handler has said that nothing more comes, and nothing is held.</summary>
    public bool IsCompleted => Volatile.Read(ref _completed) && !Volatile.Read(ref _held);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => Volatile.Read(ref _written) - Volatile.Read(ref _flushed);

    /// <summary>The next bytes to send, which lie in one piece.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="piece">Valid until <see cref="Sent"/>.</param>
    public bool TryTake(int most, out ReadOnlyMemory<byte> piece)
    {
        piece = default;

        // Whoever flushes later says so later.
        if (Volatile.Read(ref _sent) == Volatile.Read(ref _flushed))
        {
            return false;
        }

        lock (_gate)
        {
            if (_ended || _sent == _flushed)
            {
                return false;
            }

            while (_head!.EndIndex == _sent)
            {
                RemoveHead();
            }

            _taken = true;
            var start = (int)(_sent - _head!.RunningIndex);
            var end = (int)Math.Min(Math.Min(_flushed, _head.EndIndex) - _head.RunningIndex, start + (long)most);
            piece = _head.Slice(start, end);
            return true;
        }
    }

    /// <summary>The kernel has taken so many.</summary>
    /// <returns>What is still unsent.</returns>
    public long Sent(int count)
    {
        bool wakes;
        long unsent;
        lock (_gate)
        {
            _taken = false;
            if (_ended)
            {
                return 0;
            }

            _size.Used(count, _sent + count == _head!.EndIndex && _head.Free.IsEmpty);
            Volatile.Write(ref _sent, _sent + count);
            while (_head is { } head && _sent == head.EndIndex && (head != _tail || !_lent))
            {
                RemoveHead();
            }

            unsent = _written - _sent;
            wakes = (_held ? _sent == _flushed : unsent <= options.OutputLowWater) && TryEndFlush();
        }

        if (wakes)
        {
            _flush!.Complete(new FlushResult(isCanceled: false, isCompleted: false));
        }

        return unsent;
    }

    /// <summary>Nothing is sent any more. What is there is dropped, and who waits for room goes on.</summary>
    public void End()
    {
        bool wakes;
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            wakes = TryEndFlush();
            for (var head = _head; head is not null; head = _head)
            {
                // Whoever writes to it or sends from it at this moment must not meet another connection there.
                if (_taken || (_lent && head == _tail))
                {
                    head.Abandon();
                }

                _taken = false;
                RemoveHead();
            }
        }

        if (wakes)
        {
            _flush!.CompleteElsewhere(new FlushResult(isCanceled: false, isCompleted: true));
        }
    }

    /// <summary>Sends what was written until now, and holds what is written after it until <see cref="Release"/>. Completes when nothing is left to send.</summary>
    public ValueTask<FlushResult> HoldAsync()
    {
        if (Publish(holds: true))
        {
            owner.Flushed();
        }

        lock (_gate)
        {
            return _ended || _sent == _flushed ? ValueTask.FromResult(new FlushResult(isCanceled: false, _ended)) : WaitForFlush(CancellationToken.None);
        }
    }

    /// <summary>Nothing is held any more.</summary>
    public void Release()
    {
        lock (_gate)
        {
            // In this order, as in Publish.
            Volatile.Write(ref _flushed, _written);
            Volatile.Write(ref _held, false);
        }

        Publish();
        owner.Flushed();
    }

    /// <summary>Sends what was written, without waiting for room.</summary>
    public void Flush()
    {
        if (UnflushedBytes > 0 && Publish())
        {
            owner.Flushed();
        }
    }

    public override void Advance(int bytes)
    {
        lock (_gate)
        {
            _lent = false;
            if (_ended || bytes == 0)
            {
                return;
            }

            if (_overtaken)
            {
                throw new InvalidOperationException("somebody else has sent in between; writes to the output of a connection are for one writer at a time");
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_tail?.Free.Length ?? 0), nameof(bytes));
            _tail!.Fill(bytes);
            Volatile.Write(ref _written, _written + bytes);
        }
    }

    /// <summary>Writes all of it. Whoever is between <see cref="GetMemory"/> and <see cref="Advance"/> at this moment fails there, as two may not write at a time.</summary>
    public void Put(ReadOnlySpan<byte> bytes)
    {
        owner.ThrowIfClosed();
        lock (_gate)
        {
            ThrowIfCompleted();
            if (_ended)
            {
                return;
            }

            if (_lent)
            {
                (_lent, _overtaken) = (false, true);
                _tail!.Abandon();
            }

            while (!bytes.IsEmpty)
            {
                if (_tail is null || _tail.Free.IsEmpty)
                {
                    Append(1);
                }

                var part = bytes[..Math.Min(bytes.Length, _tail!.Free.Length)];
                part.CopyTo(_tail.Free.Span);
                _tail.Fill(part.Length);
                Volatile.Write(ref _written, _written + part.Length);
                bytes = bytes[part.Length..];
            }
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        owner.ThrowIfClosed();
        lock (_gate)
        {
            ThrowIfCompleted();
            var needed = Math.Max(sizeHint, 1);
            if (_ended)
            {
                // Lost at this very moment: it is written to where nobody sends it from.
                return new byte[needed];
            }

            if (_tail is null || _tail.Free.Length < needed)
            {
                Append(needed);
            }

            (_lent, _overtaken) = (true, false);
            return _tail!.Free;
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Flush();
        lock (_gate)
        {
            if (_cancelled || _ended || _written - _sent <= options.OutputHighWater)
            {
                var result = new FlushResult(_cancelled, _ended);
                _cancelled = false;
                return ValueTask.FromResult(result);
            }

            return WaitForFlush(cancellationToken);
        }
    }

    /// <summary>Writes in pieces, so that back-pressure applies within large data.</summary>
    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var piece = source[..Math.Min(source.Length, Piece)];
            Put(piece.Span);
            var result = await FlushAsync(cancellationToken).ConfigureAwait(false);
            source = source[piece.Length..];
            if (source.IsEmpty || result.IsCompleted || result.IsCanceled)
            {
                return result;
            }
        }
    }

    public override void CancelPendingFlush()
    {
        lock (_gate)
        {
            if (!TryEndFlush())
            {
                _cancelled = true;
                return;
            }
        }

        _flush!.CompleteElsewhere(new FlushResult(isCanceled: true, isCompleted: false));
    }

    /// <summary>Half-closes after what was written is sent.</summary>
    /// <param name="exception">The handler's own affair: the sending side must not throw it.</param>
    public override void Complete(Exception? exception = null)
    {
        Publish(completes: true);
        owner.Flushed();
    }

    private ValueTask<FlushResult> WaitForFlush(CancellationToken cancellationToken)
    {
        _flush ??= new PendingResult<FlushResult>(_gate, continuesElsewhere: !options.UsesEventLoop);

        // Two waits at a time would break it, and with it the connection.
        return _flush.IsAwaited
            ? throw new InvalidOperationException("another flush of this connection is under way; several senders use Connection.SendAsync, which lets one after the other")
            : _flush.Begin(cancellationToken);
    }

    /// <returns>False when nothing of it will be sent.</returns>
    private bool Publish(bool completes = false, bool holds = false)
    {
        bool isTooMuch;
        lock (_gate)
        {
            if (!_held)
            {
                Volatile.Write(ref _flushed, _written);
            }

            // In this order: whoever sends and sees the end must see all that comes before it.
            Volatile.Write(ref _completed, _completed || completes);
            Volatile.Write(ref _held, _held || holds);
            if (_ended)
            {
                return false;
            }

            isTooMuch = _written - _sent > options.WriteLimit;
        }

        if (isTooMuch)
        {
            owner.Overflowed();
        }

        return true;
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("the output was completed: nothing more can be written");
        }
    }

    private void Append(int needed)
    {
        var segment = _spare ?? new BufferSegment();
        _spare = null;
        segment.Rent(Math.Max(needed, _size.Bytes), _tail?.EndIndex ?? _written);
        _tail?.Append(segment);
        _head ??= segment;
        _tail = segment;
    }

    private void RemoveHead()
    {
        var segment = _head!;
        _head = segment.Following;
        _tail = _head is null ? null : _tail;
        segment.Return();
        _spare ??= segment;
    }

    private bool TryEndFlush() => _flush is { } flush && flush.TryEnd();
}
