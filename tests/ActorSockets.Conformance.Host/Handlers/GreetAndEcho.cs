namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Says that it is ready, then sends each line back.</summary>
internal sealed class GreetAndEcho : JournaledHandler
{
    protected override async Task ServeAsync()
    {
        await Connection.SendAsync("ready\n");
        await foreach (var line in Connection.ReadLinesAsync())
        {
            await Connection.SendAsync($"{line}\n");
        }
    }
}
