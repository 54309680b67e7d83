using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ActorSockets.Servers;

namespace ActorSockets.Diagnostics;

/// <summary>The last events of one connection, and nothing of what it carried. Written from any thread.</summary>
internal sealed class FlightRecorder
{
    private const int Kept = 32;

    // Time, kind and bytes of an event, in one word that is written at once.
    private const int BytesBits = 24;
    private const int KindBits = 8;
    private const int MaxBytes = (1 << BytesBits) - 1;

    private readonly long _begin = RunningTime.Now;
    private Events _events;
    private int _count;

    public void Record(ConnectionEventKind kind) => Record(kind, 0, RunningTime.Now);

    /// <param name="kind">What has happened.</param>
    /// <param name="bytes">How many bytes it is about.</param>
    /// <param name="now">The time, where the caller knows it already, in milliseconds of <see cref="RunningTime"/>.</param>
    public void Record(ConnectionEventKind kind, long bytes, long now)
    {
        var at = (ulong)Math.Max(0, now - _begin);
        var index = (uint)Interlocked.Increment(ref _count) - 1;
        Volatile.Write(ref _events[(int)(index % Kept)], (at << (BytesBits + KindBits)) | ((ulong)kind << BytesBits) | (ulong)Math.Min(bytes, MaxBytes));
    }

    /// <summary>Those that are kept, the oldest first.</summary>
    public IReadOnlyList<ConnectionEvent> Read()
    {
        var count = (uint)Volatile.Read(ref _count);
        var kept = Math.Min(count, Kept);
        var events = new ConnectionEvent[kept];
        for (var index = 0; index < kept; index++)
        {
            var word = Volatile.Read(ref _events[(int)((count - kept + index) % Kept)]);
            events[index] = new ConnectionEvent(
                (ConnectionEventKind)((word >> BytesBits) & ((1 << KindBits) - 1)), TimeSpan.FromMilliseconds((long)(word >> (BytesBits + KindBits))), (int)(word & MaxBytes));
        }

        // That something was sent is known when the kernel has taken it, and what it brought back may have been noted before.
        return [.. events.OrderBy(happened => happened.At)];
    }

    /// <summary>All of them in one line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (kind, at, bytes) in Read())
        {
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? ", " : "")}+{at.TotalSeconds:0.000} {kind}");
            if (bytes > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" {bytes}");
            }
        }

        return text.ToString();
    }

    [InlineArray(Kept)]
    private struct Events
    {
        private ulong _first;
    }
}
