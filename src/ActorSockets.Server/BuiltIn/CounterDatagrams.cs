using System.Buffers;

namespace ActorSockets.Server.BuiltIn;

/// <summary>Numbers the datagrams of one peer, each a line with or without its end; see <see cref="LineCounter"/>.</summary>
internal sealed class CounterDatagrams : DatagramActor
{
    private readonly LineCounter _counter = new();

    protected override void OnReceived(Datagram datagram)
    {
        var line = datagram.Data.Span;
        var answer = new ArrayBufferWriter<byte>(line.Length + 16);
        _counter.Answer(line.EndsWith("\n"u8) ? line[..^1] : line, answer);
        datagram.Reply(answer.WrittenMemory);
    }
}
