using System.Buffers;

namespace ActorSockets.Conformance.Host.Datagrams;

/// <summary>Writes nothing, writes and then fails, or sends back what came; as the datagram says.</summary>
internal sealed class DatagramScripted : DatagramRequestHandler
{
    protected override Task HandleAsync()
    {
        if (Datagram.Data.Span.SequenceEqual("raise"u8))
        {
            Output.Write("part"u8);
            throw new InvalidOperationException("as asked");
        }

        if (!Datagram.Data.Span.SequenceEqual("nothing"u8))
        {
            Output.Write(Datagram.Data.Span);
        }

        return Task.CompletedTask;
    }
}
