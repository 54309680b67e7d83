using System.Diagnostics;
using System.Text.Json;
using ActorSockets.Server.Configuration;
using Akka.Configuration;

namespace ActorSockets.Server.Running;

/// <summary>Tells whoever waits for it that everything is bound, and where. It appears at once and whole, and goes at the end.</summary>
internal sealed class ReadyFile : IDisposable
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    // Ours is far smaller; what is larger, or empty as devices and pipes are, is not ours to touch.
    private const long LongestRead = 1024 * 1024;

    private readonly string _path;

    /// <summary>Removes what a run that is over has left, so that nobody takes it for this one's.</summary>
    /// <exception cref="ConfigurationException">There can be no such file, or there is another file of this name.</exception>
    public ReadyFile(string path)
    {
        _path = path;
        if (path.Length == 0 || Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new ConfigurationException($"--ready-file: '{path}' cannot be a file: it is a directory, or its directory does not exist");
        }

        // The way out of a second signal passes nobody's finally.
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        if (!File.Exists(path))
        {
            return;
        }

        if (ReadProcessId() is not { } process)
        {
            throw new ConfigurationException($"--ready-file: '{path}' exists and is not a ready file; it is left alone");
        }

        if (!IsOther(process))
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
    }

    /// <summary>Deletes the file if it is still this run's.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (File.Exists(_path) && ReadProcessId() == Environment.ProcessId)
        {
            File.Delete(_path);
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    /// <returns>The process that wrote the file; null when it is no ready file.</returns>
    private int? ReadProcessId()
    {
        if (new FileInfo(_path).Length is 0 or > LongestRead)
        {
            return null;
        }

        try
        {
            using var content = JsonDocument.Parse(File.ReadAllBytes(_path));
            var file = content.RootElement;
            return file.ValueKind == JsonValueKind.Object && file.TryGetProperty("endpoints", out _) && file.TryGetProperty("pid", out var id) && id.TryGetInt32(out var process)
                ? process
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsOther(int process)
    {
        if (process <= 0 || process == Environment.ProcessId)
        {
            return false;
        }

        try
        {
            using var other = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            // Nobody has this process id.
            return false;
        }
    }
}
