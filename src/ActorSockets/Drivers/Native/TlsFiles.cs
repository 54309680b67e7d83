using System.Security.Cryptography;
using System.Text;
using Akka.Configuration;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The files that a server's TLS options name, as they were at one moment: what is compared is what is used. Contents are compared, because
/// time stamps and links tell too much or too little.
/// </summary>
internal sealed class TlsFiles
{
    private readonly Dictionary<string, (byte[] Content, Exception? Failure)> _files = [];

    public TlsFiles(IEnumerable<string> paths)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths.Where(path => path.Length > 0).Distinct())
        {
            var file = ReadAll(path);
            _files.Add(path, file);
            all.AppendData(SHA256.HashData(file.Failure is null ? file.Content : Encoding.UTF8.GetBytes(file.Failure.Message)));
        }

        Fingerprint = Convert.ToHexString(all.GetHashAndReset());
    }

    /// <summary>The same as that of other files if all of them are the same.</summary>
    public string Fingerprint { get; }

    /// <summary>Makes something of a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is none of these; the message names the key and the path.</exception>
    public T Read<T>(string key, string path, Func<byte[], T> read)
    {
        try
        {
            var (content, failure) = _files[path];
            return failure is null ? read(content) : throw failure;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"{key} = {path}: {exception.Message}", exception);
        }
    }

    /// <inheritdoc cref="Read"/>
    public T ReadText<T>(string key, string path, Func<string, T> read) => Read(key, path, content => read(Encoding.UTF8.GetString(content)));

    private static (byte[] Content, Exception? Failure) ReadAll(string path)
    {
        try
        {
            return (File.ReadAllBytes(path), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ([], exception);
        }
    }
}
