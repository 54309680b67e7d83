using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The file of a Unix socket. It is made under a name that nobody knows, and gets its own when its mode is set and the
/// socket listens: in the place of a file that a dead server has left, and of nothing else. At the end it is removed if it is still ours.
/// </summary>
internal sealed class UnixSocketFile : IDisposable
{
    private const int NameLength = 12;
    private const int LeastNameLength = 4;

    private readonly string _path;
    private readonly string _hidden;
    private FileIdentity? _identity;

    private UnixSocketFile(string path, string hidden) => (_path, _hidden) = (path, hidden);

    /// <summary>The address of a Unix endpoint.</summary>
    public static UnixDomainSocketEndPoint AddressOf(Endpoint endpoint) =>
        new(endpoint.Path.StartsWith('@') ? $"\0{endpoint.Path[1..]}" : endpoint.Path);

    /// <summary>Binds the socket; nobody can connect yet.</summary>
    /// <param name="socket">A socket that is not bound.</param>
    /// <param name="path">Where it will be found.</param>
    /// <param name="mode">Who may connect: those who may write.</param>
    /// <exception cref="IOException">There is something else, or somebody listens there.</exception>
    /// <exception cref="SocketException">The directory does not exist, or cannot be written.</exception>
    public static UnixSocketFile Bind(Socket socket, string path, UnixFileMode mode)
    {
        var file = new UnixSocketFile(path, HiddenBeside(path));
        file.RequireVacant();
        socket.Bind(new UnixDomainSocketEndPoint(file._hidden));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file._hidden, mode);
        }

        return file;
    }

    /// <summary>Gives it its name; from now on clients find it.</summary>
    /// <exception cref="IOException">Somebody else was quicker.</exception>
    public void Publish()
    {
        RequireVacant();
        _identity = FileIdentity.Of(_hidden);
        File.Move(_hidden, _path, overwrite: true);
    }

    public void Dispose()
    {
        File.Delete(_hidden);
        if (_identity is { } ours && FileIdentity.Of(_path) == ours)
        {
            File.Delete(_path);
        }

        _identity = null;
    }

    private static string HiddenBeside(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        var room = Endpoint.LongestPath - Encoding.UTF8.GetByteCount(Path.Join(directory, "."));
        return room < LeastNameLength
            ? throw new IOException($"the path leaves no room for a temporary name beside it: {Endpoint.LongestPath - LeastNameLength - 1} bytes are possible in its directory")
            : Path.Join(directory, $".{Guid.NewGuid().ToString("N")[..Math.Min(room, NameLength)]}");
    }

    /// <summary>Nothing is there, or what a server has left that is dead.</summary>
    private void RequireVacant()
    {
        if (FileIdentity.Of(_path) is not { } found)
        {
            return;
        }

        if (!found.IsSocket)
        {
            throw new IOException("there is a file of this name which is not a socket; it is left alone");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(_path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return;
        }

        throw new IOException("somebody listens there already", new SocketException((int)SocketError.AddressAlreadyInUse));
    }
}
