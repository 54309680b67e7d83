using ActorSockets.Benchmarks.Processes;

namespace ActorSockets.Benchmarks.Subjects;

/// <summary>What is made before the first run: programs, and a certificate for this run only.</summary>
internal sealed class BuildFolder
{
    public BuildFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(Path);
        (Certificate, Key) = (System.IO.Path.Combine(Path, "certificate.pem"), System.IO.Path.Combine(Path, "key.pem"));
        HasCertificate = ExternalProgram.TryRun(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "7", "-subj", "/CN=localhost", "-keyout", Key, "-out", Certificate],
            out _) is not null;
    }

    public string Path { get; }

    public string Certificate { get; }

    public string Key { get; }

    public bool HasCertificate { get; }
}
