namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Sends one line back, as <c>wfile.write(rfile.readline())</c> does: with its end if it had one.</summary>
/// <param name="verification">What comes of the verification: <c>false</c>, <c>raises</c>, or nothing against it.</param>
internal sealed class LineEcho(string? verification) : JournaledHandler
{
    protected override async ValueTask<bool> VerifyAsync() => await base.VerifyAsync() && verification switch
    {
        "false" => false,
        "raises" => throw new InvalidOperationException("as asked"),
        _ => true,
    };

    protected override async Task ServeAsync()
    {
        if (await Connection.ReadLineAsync() is { } line)
        {
            await Connection.SendAsync(line.Bytes);
            if (line.IsComplete)
            {
                await Connection.SendAsync("\n");
            }
        }
    }
}
