namespace ActorSockets.Server.Tests.Plugin;

/// <summary>Tells the client who it is, and then sends back what it sends.</summary>
public sealed class IntroducingHandler : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        await Connection.SendAsync($"{Connection.RemoteEndPoint}\n");
        while (await Connection.Input.ReadAsync() is var result && !(result.IsCompleted && result.Buffer.IsEmpty))
        {
            await Connection.SendAsync(result.Buffer);
            Connection.Input.AdvanceTo(result.Buffer.End);
        }
    }
}
