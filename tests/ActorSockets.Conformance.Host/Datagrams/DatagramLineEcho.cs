using System.Buffers;

namespace ActorSockets.Conformance.Host.Datagrams;

/// <summary>Sends the first line back, with its end.</summary>
internal sealed class DatagramLineEcho : DatagramRequestHandler
{
    protected override Task HandleAsync()
    {
        var data = Datagram.Data.Span;
        var end = data.IndexOf((byte)'\n');
        Output.Write(end < 0 ? data : data[..(end + 1)]);
        return Task.CompletedTask;
    }
}
