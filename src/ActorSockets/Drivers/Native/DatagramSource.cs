using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>Where the datagrams of one socket come from.</summary>
internal abstract class DatagramSource : IDisposable
{
    /// <summary>The best that the machine has.</summary>
    /// <exception cref="IOException">The machine is short of descriptors.</exception>
    public static DatagramSource Of(Socket socket, SocketServerOptions options) =>
        OperatingSystem.IsLinux() ? new DatagramBatch(socket, options) : new SingleDatagrams(socket, options);

    /// <summary>Receives those that are there, up to a number.</summary>
    /// <returns>How many; 0: none is there, and <see cref="WaitAsync"/> is to come next.</returns>
    /// <exception cref="IOException">The socket is of no use.</exception>
    /// <exception cref="SocketException">The socket is of no use, or it says what became of a datagram that was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public abstract int TryReceive();

    /// <summary>Completes when there may be datagrams.</summary>
    /// <inheritdoc cref="TryReceive"/>
    public abstract ValueTask WaitAsync();

    /// <summary>One of those that were received last.</summary>
    /// <param name="index">Which.</param>
    /// <param name="sender">Is told who has sent it.</param>
    /// <param name="asked">Where it was sent to.</param>
    /// <returns>The bytes; one more than is handled where there were more. Valid until the next are received.</returns>
    public abstract ReadOnlySpan<byte> Read(int index, SocketAddress sender, out LocalAddress asked);

    /// <summary>How many <see cref="TryReceive"/> gives at most.</summary>
    public abstract int Most { get; }

    /// <summary>Before the socket is closed: no more is told of it, also where others keep it open.</summary>
    public virtual void Leave()
    {
    }

    /// <summary>The socket is closed.</summary>
    public abstract void Dispose();
}
