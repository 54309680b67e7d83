namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Python's first example: one <c>recv(1024)</c>, stripped, in upper case.</summary>
internal sealed class UpperReceive : JournaledHandler
{
    protected override async Task ServeAsync()
    {
        var data = new byte[1024];
        var length = await Connection.ReadAsync(data);
        await Connection.SendAsync(Upper.Case(Upper.Strip(data.AsSpan(0, length))));
    }
}
