namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>asyncio's example of streams: sends back what one <c>read(100)</c> gives.</summary>
internal sealed class Read100 : JournaledHandler
{
    protected override async Task ServeAsync()
    {
        var data = new byte[100];
        var length = await Connection.ReadAsync(data);
        await Connection.SendAsync(data.AsMemory(0, length));
    }
}
