namespace ActorSockets.Handlers;

/// <summary>A delegate as a request handler.</summary>
internal sealed class DelegateDatagramHandler(Func<Datagram, Task> handle) : DatagramRequestHandler
{
    protected internal override Task HandleAsync() => handle(Datagram);
}
