namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Stops its server, waits for that, and answers.</summary>
internal sealed class StopFromHandler(Func<SocketServer> server) : JournaledHandler
{
    protected override async Task ServeAsync()
    {
        await Connection.ReadLineAsync();
        await server().StopAsync();
        await Connection.SendAsync("stopping\n");
    }
}
