using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The file of a Unix socket. It is made in the place of one that a dead server has left, and of nothing else, and has its mode
/// from the first moment on. At the end it is removed if it is still ours.
/// </summary>
internal sealed class UnixSocketFile : IDisposable
{
    private readonly string _path;
    private FileIdentity? _identity;

    private UnixSocketFile(string path) => _path = path;

    /// <summary>Binds the socket, and has it listen.</summary>
    /// <param name="socket">A socket that is not bound.</param>
    /// <param name="path">Where clients find it.</param>
    /// <param name="mode">Who may connect or send: those who may write.</param>
    /// <param name="backlog">How many may wait to be accepted; a stream socket listens then.</param>
    /// <exception cref="IOException">There is something else, or somebody listens there.</exception>
    /// <exception cref="SocketException">The directory does not exist, or cannot be written.</exception>
    public static UnixSocketFile Bind(Socket socket, string path, UnixFileMode mode, int backlog)
    {
        using var turn = DirectoryLock.Take(Path.GetDirectoryName(path)!);
        RemoveDead(path, socket.SocketType);
        if (!OperatingSystem.IsWindows())
        {
            // Linux makes the file with the mode of the descriptor, less the umask; the rest comes after the bind.
            using var descriptor = new SafeFileHandle(socket.Handle, ownsHandle: false);
            File.SetUnixFileMode(descriptor, mode);
        }

        socket.Bind(new UnixAddress(path));
        var file = new UnixSocketFile(path) { _identity = FileIdentity.Of(path) };
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, mode);
            }

            if (socket.SocketType == SocketType.Stream)
            {
                // At once: who starts there too takes one that does not listen for dead.
                socket.Listen(backlog);
            }

            return FileIdentity.Of(path) == file._identity ? file : throw new IOException("somebody else has begun to listen there at the same time");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_identity is { } ours && FileIdentity.Of(_path) == ours)
        {
            File.Delete(_path);
        }

        _identity = null;
    }

    private static void RemoveDead(string path, SocketType type)
    {
        if (FileIdentity.Of(path) is not { } found)
        {
            return;
        }

        if (!found.IsSocket)
        {
            throw new IOException("there is a file of this name which is not a socket; it is left alone");
        }

        using var probe = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (FileIdentity.OtherOwnerOf(path) is { } owner)
            {
                throw new IOException($"there is a socket of this name that nobody listens on and that belongs to user {owner}; it is left alone", exception);
            }

            // Somebody else who starts at the same time may have put a live one there.
            if (FileIdentity.Of(path) == found)
            {
                File.Delete(path);
            }

            return;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.ProtocolType)
        {
            // Somebody listens whose queue is full, who blocks waits there; or it is a live socket of another type.
        }
        catch (SocketException exception)
        {
            throw new IOException($"there is a socket of this name, and whether somebody listens there cannot be seen: {exception.Message}; it is left alone", exception);
        }

        throw new IOException("somebody listens there already", new SocketException((int)SocketError.AddressAlreadyInUse));
    }
}
