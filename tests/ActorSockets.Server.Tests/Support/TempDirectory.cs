namespace ActorSockets.Server.Tests.Support;

internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("actor-sockets-").FullName;

    public string PathTo(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(PathTo(name), text);
        return PathTo(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
