using System.Buffers;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>Answers what comes with its number, and takes leave when the server stops.</summary>
internal sealed class PartingActor : ConnectionActor
{
    private int _received;

    public PartingActor() => Receive<Hold>(hold => hold.Release.Wait(TimeSpan.FromSeconds(10)));

    protected override void OnReceived(in ReadOnlySequence<byte> data) => Connection.Output.Write(Encoding.UTF8.GetBytes($"{++_received} {Encoding.UTF8.GetString(data)}"));

    protected override void OnServerStopping() => Connection.Output.Write("bye\n"u8);

    /// <summary>Keeps its thread until it is released.</summary>
    public sealed record Hold
    {
        public ManualResetEventSlim Release { get; } = new();
    }
}
