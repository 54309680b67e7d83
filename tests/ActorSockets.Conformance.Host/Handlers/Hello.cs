namespace ActorSockets.Conformance.Host.Handlers;

internal sealed class Hello : JournaledHandler
{
    protected override Task ServeAsync() => Connection.SendAsync("hello world\n").AsTask();
}
