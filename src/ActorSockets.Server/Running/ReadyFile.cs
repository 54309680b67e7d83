using System.Diagnostics;
using System.Text.Json;
using ActorSockets.Server.Configuration;
using Akka.Configuration;

namespace ActorSockets.Server.Running;

/// <summary>Tells whoever waits for it that everything is bound, and where. It appears at once and whole, and goes at the end.</summary>
internal sealed class ReadyFile : IDisposable
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    private readonly string _path;
    private bool _written;

    /// <summary>Removes what a run that is over has left, so that nobody takes it for this one's.</summary>
    /// <exception cref="ConfigurationException">There can be no such file.</exception>
    public ReadyFile(string path)
    {
        _path = path;
        if (path.Length == 0 || Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new ConfigurationException($"--ready-file: '{path}' cannot be a file: it is a directory, or its directory does not exist");
        }

        if (File.Exists(path) && !IsOfLivingProcess())
        {
            File.Delete(path);
        }
    }

    public void Write(IEnumerable<(PlannedServer Server, IReadOnlyList<Endpoint> Bound)> servers)
    {
        var endpoints = servers.SelectMany(entry => entry.Server.Configuration.Endpoints.Zip(
            entry.Bound,
            (listen, bound) => new { Server = entry.Server.Name, Listen = listen.ToString(), Bound = bound.ToString() }));
        var temporary = $"{_path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(new { Pid = Environment.ProcessId, Endpoints = endpoints }, Options));
        File.Move(temporary, _path, overwrite: true);
        _written = true;
    }

    public void Dispose()
    {
        if (_written)
        {
            File.Delete(_path);
        }
    }

    private bool IsOfLivingProcess()
    {
        try
        {
            using var content = JsonDocument.Parse(File.ReadAllBytes(_path));
            using var process = Process.GetProcessById(content.RootElement.GetProperty("pid").GetInt32());
            return true;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or FormatException)
        {
            // Not a ready file, or nobody has this process id.
            return false;
        }
    }
}
