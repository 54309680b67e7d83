using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Runtime.CompilerServices;
using ActorSockets.Connections;

namespace ActorSockets.Tests.Faults;

/// <summary>
/// What the library has rented from pools since the ledger was opened and not returned, as the pools themselves tell. Of the pool that all share, only
/// what code of the library has rented.
/// </summary>
internal sealed class PoolLedger : EventListener
{
    private const int Rented = 1;
    private const int Returned = 3;

    private static readonly int[] Own = [IdOf(BufferSegment.SmallArrays), IdOf(BufferSegment.LargeArrays), IdOf(WaitingDatagram.SmallBuffers)];
    private static readonly int Shared = IdOf(ArrayPool<byte>.Shared);

    private readonly Lock _gate = new();

    // What threads keep at the beginning may be lent later without a word of the pool.
    private readonly Dictionary<int, Loan> _open = BufferSegment.Kept.DistinctBy(RuntimeHelpers.GetHashCode).ToDictionary(RuntimeHelpers.GetHashCode, array => new Loan(array.Length, "somebody before"));
    private readonly Dictionary<int, int> _rents = [];
    private readonly HashSet<int> _marked = [];
    private readonly Dictionary<int, int> _rentsOfMarked = [];
    private readonly long _abandonedBefore = Abandoned;

    private static long Abandoned => BufferSegment.AbandonedSoFar + WaitingDatagram.AbandonedSoFar;

    /// <summary>What is neither returned, nor kept by a thread for the next connection.</summary>
    public IReadOnlyList<Loan> Open
    {
        get
        {
            lock (_gate)
            {
                var kept = BufferSegment.Kept.Where(array => array is not null).Select(RuntimeHelpers.GetHashCode).ToHashSet();
                return [.. _open.Where(loan => !kept.Contains(loan.Key)).Select(loan => loan.Value)];
            }
        }
    }

    /// <summary>How many were left to the garbage collector on purpose, since somebody might have looked at them.</summary>
    public long AbandonedNow => Abandoned - _abandonedBefore;

    /// <summary>All has been returned that was not abandoned. One that somebody else had rented before may be among those that were.</summary>
    public bool IsBalanced => Open.Count <= AbandonedNow;

    /// <summary>How often the library has rented from a pool.</summary>
    public int RentsFrom(ArrayPool<byte> pool)
    {
        lock (_gate)
        {
            return _rents.GetValueOrDefault(IdOf(pool));
        }
    }

    /// <summary>From now on it is counted how often the library rents this one.</summary>
    public void Mark(byte[] array)
    {
        lock (_gate)
        {
            _marked.Add(RuntimeHelpers.GetHashCode(array));
        }
    }

    /// <summary>How often the library has rented one that is marked from a pool.</summary>
    public int RentsOfMarkedFrom(ArrayPool<byte> pool)
    {
        lock (_gate)
        {
            return _rentsOfMarked.GetValueOrDefault(IdOf(pool));
        }
    }

    public override string ToString()
    {
        var open = Open;
        return string.Create(CultureInfo.InvariantCulture, $"{open.Count} not returned, {AbandonedNow} of them abandoned on purpose: {string.Join("; ", open.CountBy(loan => loan).Select(loan => $"{loan.Value} × {loan.Key}"))}");
    }

    protected override void OnEventSourceCreated(EventSource source)
    {
        if (source.Name == "System.Buffers.ArrayPoolEventSource")
        {
            EnableEvents(source, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs data)
    {
        if (data.EventId is not (Rented or Returned))
        {
            return;
        }

        var (buffer, size, pool) = ((int)data.Payload![0]!, (int)data.Payload[1]!, (int)data.Payload[2]!);
        if (pool != Shared && !Own.Contains(pool))
        {
            return;
        }

        // Called by who rents, before it goes on.
        var borrower = data.EventId == Rented ? Borrower() : null;
        lock (_gate)
        {
            if (data.EventId == Returned)
            {
                _open.Remove(buffer);
            }
            else if (borrower is not null)
            {
                _open[buffer] = new Loan(size, borrower);
                _rents[pool] = _rents.GetValueOrDefault(pool) + 1;
                _rentsOfMarked[pool] = _rentsOfMarked.GetValueOrDefault(pool) + (_marked.Contains(buffer) ? 1 : 0);
            }
        }
    }

    /// <returns>The library's methods that rent; null: another one's.</returns>
    private static string? Borrower()
    {
        var methods = new StackTrace(fNeedFileInfo: false).GetFrames()
            .Select(frame => frame.GetMethod()?.DeclaringType is { } type ? (type.Assembly, Name: $"{type.Name}.{frame.GetMethod()!.Name}") : default)
            .SkipWhile(method => method.Assembly is null || method.Assembly == typeof(object).Assembly || method.Name.StartsWith(nameof(PoolLedger), StringComparison.Ordinal))
            .TakeWhile(method => method.Assembly == typeof(SocketServer).Assembly)
            .Select(method => method.Name)
            .Take(4)
            .ToList();
        return methods.Count == 0 ? null : string.Join(" < ", methods);
    }

    // As the pools name themselves in their events.
    private static int IdOf(ArrayPool<byte> pool) => pool.GetHashCode();

    /// <summary>One that was rented.</summary>
    /// <param name="Size">In bytes.</param>
    /// <param name="Borrower">Who rented it.</param>
    internal sealed record Loan(int Size, string Borrower)
    {
        public override string ToString() => $"{Size} by {Borrower}";
    }
}
