using System.Text.Json;
using ActorSockets.Server.Configuration;

namespace ActorSockets.Server.Running;

/// <summary>Tells whoever waits for it that everything is bound, and where. It appears at once and whole.</summary>
internal static class ReadyFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>Removes what an earlier run has left, so that nobody takes it for this one's.</summary>
    public static void Remove(string path) => File.Delete(path);

    public static void Write(string path, IEnumerable<(PlannedServer Server, IReadOnlyList<Endpoint> Bound)> servers)
    {
        var endpoints = servers.SelectMany(entry => entry.Server.Configuration.Endpoints.Zip(
            entry.Bound,
            (listen, bound) => new { Server = entry.Server.Name, Listen = listen.ToString(), Bound = bound.ToString() }));
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(new { Pid = Environment.ProcessId, Endpoints = endpoints }, Options));
        File.Move(temporary, path, overwrite: true);
    }
}
