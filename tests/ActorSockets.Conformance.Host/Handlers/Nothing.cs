namespace ActorSockets.Conformance.Host.Handlers;

internal sealed class Nothing : JournaledHandler
{
    protected override Task ServeAsync() => Task.CompletedTask;
}
