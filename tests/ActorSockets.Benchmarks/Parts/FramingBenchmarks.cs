using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;

namespace ActorSockets.Benchmarks.Parts;

/// <summary>Frames of 64 bytes, taken out of what has arrived; per frame.</summary>
public class FramingBenchmarks
{
    private const int Frames = 1000;
    private const int Payload = 64;
    private const int MaxLength = 1024;

    private readonly FrameReader _lines = FrameReader.Lines(MaxLength);
    private readonly FrameReader _delimiter = FrameReader.Delimiter("\r\n\r\n"u8, MaxLength);
    private readonly FrameReader _lengthPrefix = FrameReader.LengthPrefix(global::ActorSockets.LengthPrefix.UInt32BigEndian, MaxLength);
    private readonly FrameReader _fixedSize = FrameReader.FixedSize(Payload);

    private readonly ReadOnlySequence<byte> _lineInput = Repeat([.. Text(), (byte)'\n']);
    private readonly ReadOnlySequence<byte> _delimiterInput = Repeat([.. Text(), .. "\r\n\r\n"u8]);
    private readonly ReadOnlySequence<byte> _lengthPrefixInput = Repeat([0, 0, 0, Payload, .. Text()]);
    private readonly ReadOnlySequence<byte> _fixedSizeInput = Repeat(Text());

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Lines() => Count(_lines, _lineInput);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Delimiter() => Count(_delimiter, _delimiterInput);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int LengthPrefix() => Count(_lengthPrefix, _lengthPrefixInput);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int FixedSize() => Count(_fixedSize, _fixedSizeInput);

    private static int Count(FrameReader frames, ReadOnlySequence<byte> input)
    {
        var (count, examined) = (0, 0L);
        while (frames.TryRead(input, ref examined, out _, out var consumed))
        {
            input = input.Slice(consumed);
            count++;
        }

        return count == Frames ? count : throw new InvalidOperationException($"{count} frames instead of {Frames}");
    }

    private static byte[] Text() => Encoding.ASCII.GetBytes(new string('x', Payload));

    private static ReadOnlySequence<byte> Repeat(byte[] frame) => new([.. Enumerable.Repeat(frame, Frames).SelectMany(bytes => bytes)]);
}
