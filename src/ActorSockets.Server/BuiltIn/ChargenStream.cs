namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 864 over a stream: lines of 72 characters in a rotating pattern, as fast as the client reads, until it closes.</summary>
internal sealed class ChargenStream : StreamRequestHandler
{
    private const int FirstCharacter = ' ';
    private const int Characters = '~' - ' ' + 1;
    private const int LineLength = 72;

    private static readonly byte[] Pattern = CreatePattern();

    protected override async Task HandleAsync()
    {
        while (true)
        {
            await Connection.SendAsync(Pattern, Connection.ServerStopping);
        }
    }

    /// <summary>All the lines until the first one comes again.</summary>
    private static byte[] CreatePattern()
    {
        var pattern = new List<byte>(Characters * (LineLength + 2));
        for (var line = 0; line < Characters; line++)
        {
            for (var column = 0; column < LineLength; column++)
            {
                pattern.Add((byte)(FirstCharacter + ((line + column) % Characters)));
            }

            pattern.AddRange("\r\n"u8);
        }

        return [.. pattern];
    }
}
