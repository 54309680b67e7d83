using System.Buffers;
using System.IO.Pipelines;
using ActorSockets.Connections;
using BenchmarkDotNet.Attributes;

namespace ActorSockets.Benchmarks.Parts;

/// <summary>Messages of 64 bytes, staged as a handler's turn does it, and taken out as the sending side does it; per message.</summary>
public class StagingBufferBenchmarks
{
    private const int Turns = 100;
    private const long Limit = 1024 * 1024;

    private readonly byte[] _message = new byte[64];
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly OutputWriter _output;

    public StagingBufferBenchmarks() => _output = new OutputWriter(_pipe.Writer, Limit, () => { }, () => { });

    [Benchmark(OperationsPerInvoke = Turns)]
    public void OneMessagePerTurn() => Stage(messages: 1);

    [Benchmark(OperationsPerInvoke = Turns * 16)]
    public void SixteenMessagesPerTurn() => Stage(messages: 16);

    private void Stage(int messages)
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var message = 0; message < messages; message++)
            {
                _output.Write(_message);
            }

            _output.Flush();
            _pipe.Reader.TryRead(out var staged);
            _output.Sent(staged.Buffer.Length);
            _pipe.Reader.AdvanceTo(staged.Buffer.End);
        }
    }
}
