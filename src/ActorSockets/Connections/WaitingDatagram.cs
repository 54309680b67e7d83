using System.Buffers;
using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>A datagram that waits for its handler, in a pooled buffer.</summary>
/// <param name="Buffer">The bytes, and room behind them.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Request">Completed when it was handled.</param>
internal readonly record struct WaitingDatagram(byte[] Buffer, int Length, ServeRequest? Request)
{
    // More than an Ethernet frame carries.
    private const int Small = 2048;

    // The shared pool keeps a few dozen of each size, but of small datagrams hundreds wait at a time. At most 2 MiB.
    public static readonly ArrayPool<byte> SmallBuffers = ArrayPool<byte>.Create(Small, 512);

    private static long _abandonedSoFar;

    /// <summary>How many buffers were abandoned so far, and left to the garbage collector.</summary>
    public static long AbandonedSoFar => Volatile.Read(ref _abandonedSoFar);

    public static WaitingDatagram Copy(ReadOnlySpan<byte> data, ServeRequest? request)
    {
        var buffer = PoolOf(data.Length).Rent(data.Length);
        data.CopyTo(buffer);
        return new WaitingDatagram(buffer, data.Length, request);
    }

    /// <summary>Gives the buffer back: nobody looks at it any more.</summary>
    public void Return() => PoolOf(Buffer.Length).Return(Buffer);

    /// <summary>Somebody may still look at one, so that it is not given back.</summary>
    public static void CountAbandoned() => Interlocked.Increment(ref _abandonedSoFar);

    private static ArrayPool<byte> PoolOf(int length) => length <= Small ? SmallBuffers : ArrayPool<byte>.Shared;
}
