namespace ActorSockets.Server.Tests.Plugin;

/// <summary>A handler that holds its thread for longer than any test waits.</summary>
public sealed class BlockingHandler : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        await Connection.SendAsync("blocking\n");
        Thread.Sleep(TimeSpan.FromMinutes(10));
    }
}
