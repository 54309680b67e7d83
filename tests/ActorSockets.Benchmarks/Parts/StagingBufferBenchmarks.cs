using System.Buffers;
using ActorSockets.Connections;
using BenchmarkDotNet.Attributes;

namespace ActorSockets.Benchmarks.Parts;

/// <summary>Messages of 64 bytes, staged as a handler's turn does it, and taken out as the sending side does it; per message.</summary>
public class StagingBufferBenchmarks
{
    private const int Turns = 100;

    private readonly byte[] _message = new byte[64];
    private readonly OutputBuffer _output = new(new SocketServerOptions(), new Owner());

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
            _output.TryTake(int.MaxValue, out var staged);
            _output.Sent(staged.Length);
        }
    }

    /// <summary>Takes no part: what is flushed is taken out by the benchmark.</summary>
    private sealed class Owner : IOutputOwner
    {
        public void ThrowIfClosed()
        {
        }

        public void Flushed()
        {
        }

        public void Overflowed()
        {
        }
    }
}
