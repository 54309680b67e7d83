namespace ActorSockets.Server.Tests.Plugin;

/// <summary>A handler that holds the thread which has brought it a line for longer than any test waits.</summary>
public sealed class LateBlockingHandler : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        await Connection.ReadLineAsync();
        Thread.Sleep(TimeSpan.FromMinutes(10));
    }
}
