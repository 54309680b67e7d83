using System.Buffers;
using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>
/// The receiving half of a connection: what has arrived and was not consumed, in pooled memory that the driver receives into and the
/// handler reads from. Empty, it holds no memory. One fills and one reads at a time, each on its thread.
/// </summary>
/// <param name="options">How much it may hold.</param>
/// <param name="roomMade">Called when there is room again after there was none, or what comes is thrown away from now on; on any thread.</param>
internal sealed class InputBuffer(SocketServerOptions options, Action roomMade) : PipeReader
{
    // Less at the end of a piece is not worth a receive.
    private const int LeastRoom = 1024;

    private readonly Lock _gate = new();
    private PendingResult<ReadResult>? _read;
    private BufferSegment? _head;
    private BufferSegment? _tail;
    private BufferSegment? _spare;
    private BufferSize _size;
    private int _start;
    private long _unread;
    private long _seen;
    private long _bytesReceived;
    private int _lent;
    private bool _full;
    private bool _examined;
    private bool _reading;
    private bool _cancelled;
    private bool _completed;
    private bool _readerCompleted;
    private bool _held;
    private bool _paused;

    // Somebody may wait for the end of the pause.
    private bool _refused;
    private ITransportOwner? _closed;

    // There is nothing to say to a reader: known without the gate.
    private volatile bool _quiet;

    /// <summary>What has arrived so far.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>False: the reader has seen all that there is, and a read finds nothing at this moment. Known without the gate.</summary>
    public bool MayHaveNews => !_quiet;

    /// <summary>Bytes that have arrived and were not consumed.</summary>
    public long Unread => Volatile.Read(ref _unread);

    /// <summary>While it is set, there is no room.</summary>
    public bool IsPaused
    {
        set
        {
            bool makesRoom;
            lock (_gate)
            {
                _paused = value;
                makesRoom = !value && _refused && !_full;
                _refused &= value;
            }

            if (makesRoom)
            {
                roomMade();
            }
        }
    }

    /// <summary>True when what comes is thrown away.</summary>
    public bool Discards
    {
        get
        {
            lock (_gate)
            {
                return IsOver;
            }
        }
    }

    /// <summary>True when what comes is not for the reader: it is left in the memory that was given to receive into.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    private bool IsOver => !_held && (_completed || _readerCompleted);

    // What the reader has examined and keeps is its own affair: it waits for what comes after.
    private long Unseen => _tail!.EndIndex - Math.Max(_seen, _head!.RunningIndex + _start);

    /// <summary>Memory to receive into, until <see cref="Filled"/> is called; empty when there is no room, or nobody reads any more.</summary>
    public Memory<byte> GetMemory()
    {
        lock (_gate)
        {
            _refused |= _paused;
            if (IsOver || _full || _paused)
            {
                return default;
            }

            if (_tail is null || _tail.Free.Length < LeastRoom)
            {
                Append();
            }

            var room = options.InputWindow - (int)Unseen;
            var free = _tail!.Free;
            _lent = Math.Min(room, free.Length);
            return free[.._lent];
        }
    }

    /// <summary>So much of the memory was filled.</summary>
    /// <param name="count">0 or more.</param>
    /// <returns>False when that was thrown away, or is held.</returns>
    public bool Filled(int count)
    {
        bool wakes;
        ReadResult result;
        lock (_gate)
        {
            if (_held)
            {
                return false;
            }

            _size.Used(count, count == _lent);
            _lent = 0;
            if (_completed || _readerCompleted)
            {
                if (!_reading)
                {
                    FreeIfEmpty();
                }

                return false;
            }

            if (count == 0)
            {
                FreeIfEmpty();
                return true;
            }

            _tail!.Fill(count);
            wakes = Arrived(count, out result);
        }

        if (wakes)
        {
            _read!.Complete(result);
        }

        return true;
    }

    /// <summary>Takes what a driver has received by itself, also beyond the window.</summary>
    /// <param name="data">The bytes; they are copied.</param>
    /// <param name="hasRoom">False: the next bytes should wait until room was made.</param>
    /// <returns>False when they were thrown away.</returns>
    public bool TryTake(ReadOnlySpan<byte> data, out bool hasRoom)
    {
        bool wakes;
        ReadResult result;
        lock (_gate)
        {
            hasRoom = true;
            if (_completed || _readerCompleted)
            {
                return false;
            }

            for (var left = data; !left.IsEmpty;)
            {
                if (_tail is null || _tail.Free.IsEmpty)
                {
                    Append();
                }

                var part = left[..Math.Min(left.Length, _tail!.Free.Length)];
                part.CopyTo(_tail.Free.Span);
                _tail.Fill(part.Length);
                left = left[part.Length..];
            }

            _size.Used(data.Length, data.Length >= _size.Bytes);
            wakes = Arrived(data.Length, out result);
            _refused |= _paused;
            hasRoom = !_full && !_paused;
        }

        if (wakes)
        {
            _read!.Complete(result);
        }

        return true;
    }

    /// <summary>Nothing more comes. Reads end.</summary>
    /// <param name="closed">Its connection, which is closed: then they throw what it says.</param>
    public void End(ITransportOwner? closed = null)
    {
        bool wakes;
        bool wasFull;
        var result = default(ReadResult);
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            (_completed, _closed, _quiet) = (true, closed, false);
            wasFull = TakeFull();
            wakes = closed is null ? TryWake(out result) : _read is { } read && read.TryEnd();
        }

        if (wakes && closed is not null)
        {
            _read!.Fail(closed.CreateClosedException());
        }
        else if (wakes)
        {
            _read!.Complete(result);
        }

        if (wasFull)
        {
            roomMade();
        }
    }

    /// <summary>From now on nothing that comes is given to the reader, whenever the wait for it began.</summary>
    /// <returns>False, and nothing has changed: something is there that was not consumed, or nothing more is read.</returns>
    public bool TryHold()
    {
        lock (_gate)
        {
            _held = _unread == 0 && !_completed && !_readerCompleted;
            return _held;
        }
    }

    /// <summary>What comes from now on is the reader's. Called while what was received last is held.</summary>
    public void Release()
    {
        lock (_gate)
        {
            (_held, _lent) = (false, 0);
            FreeIfEmpty();
        }
    }

    /// <summary>The next read gives what is there at once, though it was examined before.</summary>
    public void LookAgain()
    {
        lock (_gate)
        {
            (_examined, _quiet) = (false, false);
        }
    }

    /// <summary>A cancellation that nobody has seen yet does not meet the next read.</summary>
    public void ForgetCancellation()
    {
        lock (_gate)
        {
            _cancelled = false;
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_quiet)
        {
            result = default;
            return false;
        }

        lock (_gate)
        {
            return TryReadNow(out result);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (TryReadNow(out var result))
            {
                return ValueTask.FromResult(result);
            }

            _read ??= new PendingResult<ReadResult>(_gate, continuesElsewhere: !options.UsesEventLoop);
            return _read.IsAwaited ? throw Busy() : _read.Begin(cancellationToken);
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var makesRoom = false;
        lock (_gate)
        {
            if (!_reading)
            {
                throw new InvalidOperationException("nothing was read that could be advanced over");
            }

            if (consumed.GetObject() is BufferSegment segment)
            {
                var seen = IndexOf(examined);
                if (seen < IndexOf(consumed) || seen > _tail!.EndIndex)
                {
                    throw new ArgumentOutOfRangeException(nameof(examined), "what is consumed must be examined, and both lie within what was read");
                }

                _examined = seen == _tail.EndIndex;
                _seen = Math.Max(_seen, seen);
                Consume(segment, consumed.GetInteger());
                makesRoom = _full && Unseen <= options.InputWindow / 2;
                _full &= !makesRoom;
                _refused |= makesRoom && _paused;
                makesRoom &= !_paused;
                FreeIfEmpty();
            }

            _reading = false;
            _quiet = (_unread == 0 || _examined) && !_completed && !_cancelled && !_readerCompleted;
        }

        if (makesRoom)
        {
            roomMade();
        }
    }

    public override void CancelPendingRead()
    {
        bool wakes;
        ReadResult result;
        lock (_gate)
        {
            (_cancelled, _quiet) = (true, false);
            wakes = TryWake(out result);
        }

        if (wakes)
        {
            _read!.CompleteElsewhere(result);
        }
    }

    /// <summary>Nobody reads any more; what is there and what comes is thrown away.</summary>
    /// <param name="exception">The reader's own affair: the receiving side must not throw it.</param>
    public override void Complete(Exception? exception = null)
    {
        bool wasFull;
        lock (_gate)
        {
            wasFull = TakeFull();
            (_readerCompleted, _reading, _quiet, _unread) = (true, false, false, 0);
            FreeIfEmpty();
        }

        if (wasFull)
        {
            roomMade();
        }
    }

    /// <summary>The connection is over, and its handler is done: the memory goes back. What was read and not advanced over is left to the garbage collector, for somebody may still look at it.</summary>
    /// <param name="closed">The connection: whoever reads all the same is told.</param>
    public void Free(ITransportOwner closed)
    {
        lock (_gate)
        {
            (_completed, _closed, _quiet) = (true, closed, false);
            if (_reading)
            {
                for (var segment = _head; segment is not null; segment = segment.Following)
                {
                    segment.Abandon();
                }
            }
            else
            {
                (_unread, _lent) = (0, 0);
                FreeIfEmpty();
            }
        }
    }

    private bool TryReadNow(out ReadResult result)
    {
        result = default;
        if (_readerCompleted)
        {
            throw new InvalidOperationException("the input was completed: nothing more can be read");
        }

        if (_reading)
        {
            throw Busy();
        }

        if (_closed is { } closed)
        {
            throw closed.CreateClosedException();
        }

        if (!_cancelled && !_completed && (_unread == 0 || _examined))
        {
            return false;
        }

        SkipEmptyHead();
        var unread = _unread == 0 ? default : new ReadOnlySequence<byte>(_head!, _start, _tail!, _tail!.End);
        result = new ReadResult(unread, _cancelled, _completed);
        (_reading, _cancelled) = (true, false);
        return true;
    }

    private bool Arrived(int count, out ReadResult result)
    {
        Volatile.Write(ref _bytesReceived, _bytesReceived + count);
        _unread += count;
        (_examined, _quiet) = (false, false);
        _full = Unseen >= options.InputWindow;
        return TryWake(out result);
    }

    /// <returns>True where somebody may be waiting for room.</returns>
    private bool TakeFull()
    {
        var wasFull = _full || _refused;
        (_full, _refused) = (false, false);
        return wasFull;
    }

    private bool TryWake(out ReadResult result)
    {
        result = default;
        return _read is { IsAwaited: true } read && TryReadNow(out result) && read.TryEnd();
    }

    private void Append()
    {
        var segment = _spare ?? new BufferSegment();
        _spare = null;
        segment.Rent(_size.Bytes, _tail?.EndIndex ?? 0);
        _tail?.Append(segment);
        _head ??= segment;
        _tail = segment;
    }

    private static long IndexOf(SequencePosition position) =>
        position.GetObject() is BufferSegment segment ? segment.RunningIndex + position.GetInteger() : 0;

    private void Consume(BufferSegment segment, int index)
    {
        while (_head != segment)
        {
            _unread -= _head!.End - _start;
            _start = 0;
            RemoveHead();
        }

        _unread -= index - _start;
        _start = index;
    }

    /// <summary>Who reads may look at the first byte of what is not empty.</summary>
    private void SkipEmptyHead()
    {
        while (_unread > 0 && _start == _head!.End)
        {
            RemoveHead();
            _start = 0;
        }
    }

    private void FreeIfEmpty()
    {
        if (_unread == 0 && _lent == 0)
        {
            while (_head is not null)
            {
                RemoveHead();
            }

            (_tail, _start, _seen) = (null, 0, 0);
        }
    }

    private void RemoveHead()
    {
        var segment = _head!;
        _head = segment.Following;
        segment.Return();
        _spare ??= segment;
    }

    private static InvalidOperationException Busy() => new("what was read last has not been advanced over, or another read is under way");
}
