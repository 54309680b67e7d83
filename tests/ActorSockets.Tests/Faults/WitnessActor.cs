using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace ActorSockets.Tests.Faults;

/// <summary>Says the id of its connection, answers each line with its number, and notes its begin and its end.</summary>
internal sealed class WitnessActor(WitnessActor.Notes notes) : ConnectionActor(FrameReader.Lines())
{
    private int _lines;

    protected override void OnConnected()
    {
        notes.Begun.Enqueue(Connection.Id);
        Connection.Output.Write(Encoding.UTF8.GetBytes($"{Connection.Id}\n"));
    }

    protected override void OnFrame(in ReadOnlySequence<byte> frame) =>
        Connection.Output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{++_lines} {Encoding.UTF8.GetString(frame)}\n")));

    protected override void OnClosed(CloseReason reason) => notes.Ended.Enqueue((Connection.Id, reason));

    /// <summary>What all of them have noted.</summary>
    internal sealed class Notes
    {
        public ConcurrentQueue<string> Begun { get; } = new();

        public ConcurrentQueue<(string Id, CloseReason Reason)> Ended { get; } = new();
    }
}
