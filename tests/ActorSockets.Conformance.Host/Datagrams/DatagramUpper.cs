using ActorSockets.Conformance.Host.Handlers;

namespace ActorSockets.Conformance.Host.Datagrams;

/// <summary>Python's example: stripped, in upper case, also when nothing is left.</summary>
internal sealed class DatagramUpper : DatagramRequestHandler
{
    protected override Task HandleAsync()
    {
        Datagram.Reply(Upper.Case(Upper.Strip(Datagram.Data.Span)));
        return Task.CompletedTask;
    }
}
