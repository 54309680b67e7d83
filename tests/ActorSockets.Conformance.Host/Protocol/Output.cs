using System.Text;
using System.Text.Json;

namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>Standard output: one JSON object per line.</summary>
internal static class Output
{
    private static readonly Stream Stream = Console.OpenStandardOutput();
    private static readonly Lock Gate = new();

    public static void Say(string key, object? value, params ReadOnlySpan<(string Key, object? Value)> more)
    {
        var line = new Dictionary<string, object?> { [key] = value };
        foreach (var (name, detail) in more)
        {
            line[name] = detail;
        }

        var bytes = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(line) + "\n");
        lock (Gate)
        {
            Stream.Write(bytes);
        }
    }
}
