namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Numbers the lines, and fails on the line <c>boom</c>.</summary>
internal sealed class Counter : JournaledHandler
{
    private int _count;

    protected override async Task ServeAsync()
    {
        await foreach (var line in Connection.ReadLinesAsync())
        {
            if (line.ToString() == "boom")
            {
                throw new InvalidOperationException("as asked");
            }

            await Connection.SendAsync($"{++_count} {line}\n");
        }
    }
}
