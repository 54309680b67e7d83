namespace ActorSockets.Server.Output;

/// <summary>What went wrong, as one line on standard error.</summary>
internal static class ErrorLine
{
    public static void Write(string message)
    {
        try
        {
            Console.Error.WriteLine($"actor-sockets: {string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody reads it; the exit code says it as well.
        }
    }
}
