namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 867 over a stream: one line on connect, then closes.</summary>
internal sealed class DaytimeStream : StreamRequestHandler
{
    protected override async Task HandleAsync() => await Connection.SendAsync(DaytimeLine.Now());
}
