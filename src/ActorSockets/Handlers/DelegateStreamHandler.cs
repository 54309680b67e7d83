namespace ActorSockets.Handlers;

/// <summary>A delegate as a request handler.</summary>
internal sealed class DelegateStreamHandler(Func<Connection, Task> handle) : StreamRequestHandler
{
    protected internal override Task HandleAsync() => handle(Connection);
}
