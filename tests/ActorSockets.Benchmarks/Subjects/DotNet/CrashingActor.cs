using System.Buffers;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>
/// Echoes, and fails on a message with the mark without consuming it. The fresh handler finds in the connection's
/// items that this one has had its crash, and answers it, so that the client misses nothing.
/// </summary>
internal sealed class CrashingActor : ConnectionActor
{
    // Where the load generator puts the mark.
    private const int Mark = 8;

    private const string Crashed = "crashed";

    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
        var isMarked = data.Length > Mark && data.FirstSpan[Mark] != 0;
        if (isMarked && !Connection.Items.Remove(Crashed))
        {
            Connection.Items[Crashed] = true;
            Advance(data.Start);
            throw new InvalidOperationException("the message asked for it");
        }

        foreach (var piece in data)
        {
            Connection.Output.Write(piece.Span);
        }
    }
}
