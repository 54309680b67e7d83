using System.Buffers;
using ActorSockets.Diagnostics;

namespace ActorSockets;

/// <summary>The stream ended in the middle of what was to be read (asyncio's <c>IncompleteReadError</c>).</summary>
public sealed class IncompleteReadException : ProtocolException
{
    /// <summary>Counts what arrived and shows how it begins, escaped.</summary>
    /// <param name="partial">What arrived before the end of the stream. It is kept, not copied.</param>
    /// <param name="expected">How many bytes were to be read in all; −1, the default: not known.</param>
    public IncompleteReadException(ReadOnlyMemory<byte> partial, long expected = -1)
        : base(Describe(partial, expected)) => (Partial, Expected) = (partial, expected);

    /// <summary>What arrived before the end of the stream.</summary>
    public ReadOnlyMemory<byte> Partial { get; }

    /// <summary>How many bytes were to be read in all, those in <see cref="Partial"/> included; −1: not known.</summary>
    public long Expected { get; }

    private static string Describe(ReadOnlyMemory<byte> partial, long expected)
    {
        var count = expected < 0 ? $"{partial.Length} bytes" : $"{partial.Length} of {expected} bytes";
        return $"the stream ended after {count} of what was to be read: \"{PeerBytes.Escape(new ReadOnlySequence<byte>(partial))}\"";
    }
}
