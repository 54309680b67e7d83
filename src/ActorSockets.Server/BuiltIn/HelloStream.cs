namespace ActorSockets.Server.BuiltIn;

/// <summary>Greets each client without waiting for a word of it, then closes.</summary>
internal sealed class HelloStream : StreamRequestHandler
{
    protected override async Task HandleAsync() => await Connection.SendAsync("hello world\n");
}
