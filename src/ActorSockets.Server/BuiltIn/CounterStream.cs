using System.Buffers;
using Akka.Event;

namespace ActorSockets.Server.BuiltIn;

/// <summary>Numbers the lines of one connection; see <see cref="LineCounter"/>.</summary>
internal sealed class CounterStream : ConnectionActor
{
    private const int MaxLineLength = 8 * 1024;

    private readonly LineCounter _counter = new();

    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
        var reader = new SequenceReader<byte>(data);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            // Before the line is handled: a line that crashes must not be handed to the next handler again.
            Advance(reader.Position);
            if (line.Length > MaxLineLength)
            {
                Refuse();
                return;
            }

            _counter.Answer(line.IsSingleSegment ? line.FirstSpan : line.ToArray(), Connection.Output);
        }

        Advance(reader.Position);
        if (reader.Remaining > MaxLineLength)
        {
            Refuse();
        }
    }

    // Not an exception: the fault is the client's, and a restart would only read the same line again.
    private void Refuse()
    {
        Log.Warning("[{0}] sent a line of more than {1} bytes", Connection.Id, MaxLineLength);
        Connection.Close();
    }
}
