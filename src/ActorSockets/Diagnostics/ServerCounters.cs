namespace ActorSockets.Diagnostics;

/// <summary>A server's counters. Written from any thread.</summary>
internal sealed class ServerCounters
{
    private readonly long[] _closed = new long[Enum.GetValues<CloseReason>().Length];
    private readonly long[] _refused = new long[Enum.GetValues<RefusalReason>().Length];
    private readonly long[] _dropped = new long[Enum.GetValues<DropReason>().Length];
    private long _accepted;
    private long _handlerFailures;
    private long _restarts;
    private long _rebinds;
    private long _datagramsReceived;
    private long _datagramsHandled;
    private long _datagramsSent;
    private long _datagramSendFailures;

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void Closed(CloseReason reason) => Interlocked.Increment(ref _closed[(int)reason]);

    public void Refused(RefusalReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    public void HandlerFailed() => Interlocked.Increment(ref _handlerFailures);

    public void Restarted() => Interlocked.Increment(ref _restarts);

    public void Rebound() => Interlocked.Increment(ref _rebinds);

    public void DatagramReceived() => Interlocked.Increment(ref _datagramsReceived);

    public void DatagramHandled() => Interlocked.Increment(ref _datagramsHandled);

    public void Dropped(DropReason reason) => Interlocked.Increment(ref _dropped[(int)reason]);

    public void DatagramSent() => Interlocked.Increment(ref _datagramsSent);

    public void DatagramSendFailed() => Interlocked.Increment(ref _datagramSendFailures);

    public ServerStatistics Read()
    {
        // Closed is read first: what ends in between shows as active, never as less than nothing.
        var closed = ByReason<CloseReason>(_closed);
        var accepted = Volatile.Read(ref _accepted);
        return new ServerStatistics
        {
            Closed = closed,
            Accepted = accepted,
            Active = accepted - closed.Values.Sum(),
            Refused = ByReason<RefusalReason>(_refused),
            HandlerFailures = Volatile.Read(ref _handlerFailures),
            Restarts = Volatile.Read(ref _restarts),
            Rebinds = Volatile.Read(ref _rebinds),
            DatagramsHandled = Volatile.Read(ref _datagramsHandled),
            DatagramsDropped = ByReason<DropReason>(_dropped),
            DatagramsReceived = Volatile.Read(ref _datagramsReceived),
            DatagramsSent = Volatile.Read(ref _datagramsSent),
            DatagramSendFailures = Volatile.Read(ref _datagramSendFailures),
        };
    }

    private static Dictionary<TReason, long> ByReason<TReason>(long[] counts)
        where TReason : struct, Enum
    {
        var reasons = Enum.GetValues<TReason>();
        var result = new Dictionary<TReason, long>();
        for (var i = 0; i < counts.Length; i++)
        {
            result[reasons[i]] = Volatile.Read(ref counts[i]);
        }

        return result;
    }
}
