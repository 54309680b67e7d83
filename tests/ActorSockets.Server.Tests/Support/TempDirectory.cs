namespace ActorSockets.Server.Tests.Support;

internal sealed class TempDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("actor-sockets-").FullName;

    public string PathTo(string name) => Path.Combine(_path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(PathTo(name), text);
        return PathTo(name);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
