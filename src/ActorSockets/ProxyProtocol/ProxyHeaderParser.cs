using System.Buffers;

namespace ActorSockets.ProxyProtocol;

/// <summary>Reads a header of the PROXY protocol at the beginning of a connection's bytes. It guesses nothing, and takes nothing but a header.</summary>
internal static class ProxyHeaderParser
{
    /// <summary>The longest header; there is none longer that a proxy would send.</summary>
    public const int MaxLength = 4096;

    /// <summary>Reads one.</summary>
    /// <param name="data">What has come so far.</param>
    /// <param name="header">The header.</param>
    /// <param name="length">How many of the bytes it takes; all behind are the connection's.</param>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> where what has come may become a header; <see cref="OperationStatus.InvalidData"/> where it cannot.
    /// </returns>
    public static OperationStatus Parse(ReadOnlySpan<byte> data, out ProxyHeader? header, out int length)
    {
        (header, length) = (null, 0);
        return Begins(data, TextHeader.Signature) ? TextHeader.Parse(data, out header, out length)
            : Begins(data, BinaryHeader.Signature) ? BinaryHeader.Parse(data, out header, out length)
            : OperationStatus.InvalidData;
    }

    private static bool Begins(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var known = Math.Min(data.Length, signature.Length);
        return data[..known].SequenceEqual(signature[..known]);
    }
}
