namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Sends one line back, as <c>wfile.write(rfile.readline())</c> does: with its end if it had one.</summary>
internal sealed class LineEcho : JournaledHandler
{
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
