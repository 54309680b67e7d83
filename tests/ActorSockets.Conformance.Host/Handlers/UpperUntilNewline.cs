namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>The example as it was corrected: reads until a newline or 10,000 bytes. Here also until the end of the stream.</summary>
internal sealed class UpperUntilNewline : JournaledHandler
{
    private const int Most = 10_000;

    protected override async Task ServeAsync()
    {
        using var all = new MemoryStream();
        var piece = new byte[2000];
        int length;
        do
        {
            length = await Connection.ReadAsync(piece);
            all.Write(piece, 0, length);
        }
        while (length > 0 && !piece.AsSpan(0, length).Contains((byte)'\n') && all.Length < Most);

        await Connection.SendAsync(Upper.Case(all.ToArray()));
    }
}
