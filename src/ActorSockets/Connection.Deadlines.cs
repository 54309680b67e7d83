using ActorSockets.Servers;

namespace ActorSockets;

/// <content>Its deadlines, all of them checked by the sweep.</content>
public sealed partial class Connection
{
    private const long Never = -1;

    // Less says nothing about a rate.
    private const long LeastTimeOfRate = 5000;

    private readonly long _startedAt = RunningTime.Now;
    private long _readTimeout = Never;
    private long _frameBegunAt = Never;
    private long _receivedBeforeFrame;
    private long _peerCompletedAt = Never;
    private (long Bytes, long At) _sent;

    /// <summary>
    /// How long a read of this connection may wait for bytes (<c>socketserver.StreamRequestHandler.timeout</c>); then the
    /// connection ends with <see cref="CloseReason.ReadTimeout"/>. Null: without limit. At first it is <c>read-timeout</c>; it may be changed
    /// at any time, also by the handler for a part of its work. What a <see cref="ConnectionActor"/> waits for is the
    /// matter of <c>idle-timeout</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan? ReadTimeout
    {
        get => Volatile.Read(ref _readTimeout) is not Never and var milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            Volatile.Write(ref _readTimeout, value is { } timeout ? (long)Math.Ceiling(timeout.TotalMilliseconds) : Never);
            if (value is { } wanted)
            {
                Context.SweepAtLeastEvery(wanted);
            }
        }
    }

    /// <summary>A line or frame has begun and is not complete; its time runs from the first call on.</summary>
    internal void FrameBegun()
    {
        if (Volatile.Read(ref _frameBegunAt) == Never)
        {
            _receivedBeforeFrame = BytesReceived;
            Volatile.Write(ref _frameBegunAt, RunningTime.Now);
        }
    }

    /// <summary>No line or frame is under way.</summary>
    internal void FrameEnded() => Volatile.Write(ref _frameBegunAt, Never);

    internal override void Sweep(long now)
    {
        if (_transport.IsStalled(now))
        {
            Abort(ActorSockets.CloseReason.SlowConsumer);
        }
        else if (CloseReason is null && FindOverdue(now) is { } reason)
        {
            End(reason);
            Signal();
        }

        _transport.Sweep(now);
    }

    private CloseReason? FindOverdue(long now)
    {
        var options = Context.Options;

        // The time of a frame runs while the handler has seen all that has come: then it is the other side's turn.
        var frameBegunAt = _transport.Input.MayHaveNews ? Never : Volatile.Read(ref _frameBegunAt);
        return BytesReceived == 0 && IsOver(options.FirstByteTimeout, _startedAt) ? ActorSockets.CloseReason.FirstByteTimeout
            : IsOver(options.FrameTimeout, frameBegunAt) ? ActorSockets.CloseReason.FrameTimeout
            : IsTooSlow(options.MinRate, frameBegunAt) ? ActorSockets.CloseReason.MinRate
            : IsOver(ReadTimeout, _input.WaitingSince) ? ActorSockets.CloseReason.ReadTimeout
            : IsOver(options.HandlerTimeout, _startedAt) ? ActorSockets.CloseReason.HandlerTimeout
            : IsOver(options.HalfOpenTimeout, HalfOpenSince(now)) ? ActorSockets.CloseReason.HalfOpenTimeout
            : IsOver(options.IdleTimeout, LastReceived) ? ActorSockets.CloseReason.IdleTimeout
            : null;

        bool IsOver(TimeSpan? timeout, long since) => timeout is { } limit && since != Never && now - since >= limit.TotalMilliseconds;

        bool IsTooSlow(int? rate, long since) => rate is { } least && since != Never && now - since is >= LeastTimeOfRate and var time
            && (BytesReceived - _receivedBeforeFrame) * 1000 < least * time;
    }

    /// <summary>Since when the other side has finished sending, everything is sent to it, and nothing more was.</summary>
    private long HalfOpenSince(long now)
    {
        if (!_peerCompleted)
        {
            return Never;
        }

        if (Unsent > 0 || BytesSent != _sent.Bytes)
        {
            _sent = (BytesSent, now);
        }

        return Math.Max(Volatile.Read(ref _peerCompletedAt), _sent.At);
    }
}
