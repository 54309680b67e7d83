using System.Buffers;
using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>A datagram that waits for its handler, in a pooled buffer.</summary>
/// <param name="Buffer">The bytes, and room behind them.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Request">Completed when it was handled.</param>
internal readonly record struct WaitingDatagram(byte[] Buffer, int Length, ServeRequest? Request)
{
    public static WaitingDatagram Copy(ReadOnlySpan<byte> data, ServeRequest? request)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(data.Length);
        data.CopyTo(buffer);
        return new WaitingDatagram(buffer, data.Length, request);
    }

    /// <summary>Gives the buffer back: nobody looks at it any more.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}
