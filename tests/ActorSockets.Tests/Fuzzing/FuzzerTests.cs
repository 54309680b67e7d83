using System.Buffers;
using ActorSockets.Fuzz;
using ActorSockets.Fuzz.Targets;

namespace ActorSockets.Tests.Fuzzing;

/// <summary>The fuzzer itself: it finds readers that are wrong in ways that are easy to overlook.</summary>
[Trait("Category", "Faults")]
public sealed class FuzzerTests
{
    private const int Seed = 7;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly byte[][] Corpus = ["one\r\ntwo\n"u8.ToArray()];

    [Fact]
    public void A_reader_that_is_right_passes() => new Fuzzer(Target(new Wrong(false, false, false)), Corpus, Seed).Run(Patience, 500);

    [Theory]
    [InlineData(true, false, false, "the same frames|what is consumed|a frame is")]
    [InlineData(false, true, false, "it fails where it must")]
    [InlineData(false, false, true, "InvalidCastException")]
    public void A_reader_that_is_wrong_is_found(bool losesCarriageReturns, bool forgetsItsLimit, bool throws, string what)
    {
        var target = Target(new Wrong(losesCarriageReturns, forgetsItsLimit, throws));

        var failure = Assert.Throws<FuzzFailureException>(() => new Fuzzer(target, Corpus, Seed).Run(Patience));

        Assert.Contains(what.Split('|'), said => failure.Message.Contains(said, StringComparison.Ordinal));
        Assert.Contains($"seed {Seed}", failure.Message, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexString(failure.Bytes), failure.Message, StringComparison.Ordinal);

        // Of the bytes alone, as from a file of the corpus.
        Assert.IsType(failure.InnerException!.GetType(), Record.Exception(() => target.Check(failure.Bytes)));
        Assert.InRange(failure.Bytes.Length, 1, 20);
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs()
    {
        static byte[] First(int seed) => Assert.Throws<FuzzFailureException>(() => new Fuzzer(Target(new Wrong(false, false, throws: true)), Corpus, seed).Run(Patience)).Bytes;

        Assert.Equal(First(1), First(1));
    }

    private static FramingTarget Target(Wrong reader) => new("wrong", [new WrongFraming(reader)]);

    private sealed class WrongFraming(FrameReader reader) : CheckedFraming(reader, FrameWriter.Lines())
    {
        private readonly LineFraming _right = new(reader.MaxLength);

        public override Expected Expect(ReadOnlySpan<byte> input) => _right.Expect(input);

        public override bool IsWritable(ReadOnlySpan<byte> frame) => _right.IsWritable(frame);
    }

    private sealed class Wrong(bool losesCarriageReturns, bool forgetsItsLimit, bool throws) : FrameReader(8)
    {
        private readonly FrameReader _right = Lines(8);

        public override bool TryRead(in ReadOnlySequence<byte> input, ref long examined, out ReadOnlySequence<byte> frame, out SequencePosition consumed)
        {
            if (throws && input.Length == 5 && input.FirstSpan.Length is 2 && input.FirstSpan.Contains((byte)'\n'))
            {
                throw new InvalidCastException();
            }

            try
            {
                var found = _right.TryRead(input, ref examined, out frame, out consumed);
                if (found && losesCarriageReturns && !frame.IsSingleSegment)
                {
                    // A CR in a segment of its own is taken for a part of the line.
                    frame = input.Slice(0, frame.Length + (input.Slice(frame.Length).FirstSpan is [(byte)'\r', ..] ? 1 : 0));
                }

                return found;
            }
            catch (FrameTooLargeException) when (forgetsItsLimit)
            {
                (frame, consumed) = (default, input.Start);
                return false;
            }
        }
    }
}
