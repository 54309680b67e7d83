using System.Buffers.Binary;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>Frames that show when one is lost, changed, doubled or out of order: length, number, bytes, and the sum of all that.</summary>
internal static class NumberedFrame
{
    private const int HeaderLength = 8;
    private const int SumLength = 4;

    /// <summary>The frame of a number, with so many bytes in it.</summary>
    public static byte[] Create(int number, int length)
    {
        var frame = new byte[HeaderLength + length + SumLength];
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), number);
        new Random(number).NextBytes(frame.AsSpan(HeaderLength, length));
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(HeaderLength + length), Sum(frame.AsSpan(0, HeaderLength + length)));
        return frame;
    }

    /// <summary>Reads the frame of a number.</summary>
    /// <returns>False where the stream ends before it is complete.</returns>
    public static async Task<bool> TryReadAsync(Stream stream, int number, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        if (await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken) < HeaderLength)
        {
            return false;
        }

        Assert.Equal(number, BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4)));
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        Assert.InRange(length, 0, 64 * 1024);
        var rest = new byte[length + SumLength];
        if (await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellationToken) < rest.Length)
        {
            return false;
        }

        Assert.Equal(Sum([.. header, .. rest.AsSpan(0, length)]), BinaryPrimitives.ReadInt32LittleEndian(rest.AsSpan(length)));
        return true;
    }

    // FNV-1a.
    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 2166136261u;
        foreach (var value in bytes)
        {
            sum = (sum ^ value) * 16777619u;
        }

        return (int)sum;
    }
}
