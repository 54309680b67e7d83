namespace ActorSockets.Server.Output;

/// <summary>What went wrong, as one line on standard error.</summary>
internal static class ErrorLine
{
    public static void Write(string message) =>
        Console.Error.WriteLine($"actor-sockets: {string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}");
}
