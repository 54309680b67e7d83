using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// One descriptor that this process was given (Linux). It stays as it is; who listens there gets a duplicate, so that somebody can listen
/// there again afterwards.
/// </summary>
internal sealed partial class InheritedDescriptor
{
    private const int SetFlags = 2;
    private const int DuplicateClosedOnExec = 1030;
    private const int CloseOnExec = 1;

    private readonly int _descriptor;
    private int _isTaken;
    private int _leastNumber;

    /// <param name="name">Which others may have as well.</param>
    /// <param name="position">Among those of the same name, from 1 on.</param>
    /// <param name="descriptor">Its number.</param>
    public InheritedDescriptor(string name, int position, int descriptor)
    {
        (Name, FullName, _descriptor) = (name, $"{name}:{position}", descriptor);

        // It is this process's, and not that of the programs that it starts.
        _ = Control(descriptor, SetFlags, CloseOnExec);
        Type = TypeOf();
    }

    public string Name { get; }

    /// <summary>The name which no other has.</summary>
    public string FullName { get; }

    /// <summary>Null where it is no socket, or none for streams or datagrams of a network or of Unix.</summary>
    public SocketType? Type { get; }

    /// <summary>Takes it over.</summary>
    /// <param name="type">What the endpoint needs.</param>
    /// <returns>The socket, bound; one for streams listens. It is the caller's to close, after the lease.</returns>
    /// <exception cref="IOException">Somebody listens there already, or it is not such a socket.</exception>
    public Lease Take(SocketType type)
    {
        if (Interlocked.Exchange(ref _isTaken, 1) == 1)
        {
            throw new IOException("somebody listens there already", new SocketException((int)SocketError.AddressAlreadyInUse));
        }

        Socket? socket = null;
        try
        {
            socket = Duplicate();
            Require(Type is not null, "the descriptor is not a stream or datagram socket of IPv4, IPv6 or Unix");
            Require(Type == type, $"the descriptor is a {(Type == SocketType.Dgram ? "datagram" : "stream")} socket, which this endpoint cannot serve");
            Require(
                type != SocketType.Stream || (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0,
                "the descriptor is a stream socket that does not listen, as the accepted connection that systemd hands over with Accept=yes; a listening one is needed (Accept=no)");
            return new Lease(this, socket);
        }
        catch
        {
            socket?.Dispose();
            Volatile.Write(ref _isTaken, 0);
            throw;
        }
    }

    private static void Require(bool holds, string failure)
    {
        if (!holds)
        {
            throw new IOException(failure);
        }
    }

    private Socket Duplicate()
    {
        // Never a number again that one of its duplicates had: the epoll set of .NET forgets a number only with the last descriptor of its socket.
        var duplicate = Control(_descriptor, DuplicateClosedOnExec, _leastNumber);
        if (duplicate < 0)
        {
            throw new IOException($"the descriptor {_descriptor} cannot be taken over: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        _leastNumber = duplicate + 1;
        var handle = new SafeSocketHandle(duplicate, ownsHandle: true);
        try
        {
            return new Socket(handle);
        }
        catch (SocketException exception)
        {
            handle.Dispose();
            throw new IOException($"the descriptor {_descriptor} cannot be taken over: {exception.Message}", exception);
        }
    }

    private SocketType? TypeOf()
    {
        try
        {
            using var socket = Duplicate();
            return socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or AddressFamily.Unix
                && socket.SocketType is SocketType.Stream or SocketType.Dgram
                ? socket.SocketType
                : null;
        }
        catch (IOException)
        {
            // Whoever takes it is told.
            return null;
        }
    }

    /// <summary>The descriptor is taken.</summary>
    /// <param name="descriptor">Which.</param>
    /// <param name="socket">Its duplicate.</param>
    public sealed class Lease(InheritedDescriptor descriptor, Socket socket) : IDisposable
    {
        public Socket Socket => socket;

        /// <summary>Others may take it from now on, and whoever closes the socket closes this duplicate only.</summary>
        public void Dispose()
        {
            // Where a socket is closed in the middle of an accept, .NET ends the listening for all who share it, except of one that is not closed on exec.
            _ = Control(socket.SafeHandle, SetFlags, 0);
            Volatile.Write(ref descriptor._isTaken, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeSocketHandle socket, int command, int argument);
}
