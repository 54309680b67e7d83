using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>Receives the datagrams of one socket, and hands each to the router, until the socket is closed.</summary>
internal sealed class DatagramReceiver(Socket socket, DatagramRouter router, IActorRef listener)
{
    // No datagram is longer, so none is ever cut off.
    private const int Longest = 64 * 1024;

    // Then others get their turn on the thread.
    private const int DatagramsPerTurn = 64;

    public void Start() => Task.Run(RunAsync);

    private async Task RunAsync()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(Longest);
        var sender = new SocketAddress(socket.AddressFamily);
        var template = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        for (var received = 1; ; received++)
        {
            try
            {
                var length = await socket.ReceiveFromAsync(buffer.AsMemory(), SocketFlags.None, sender).ConfigureAwait(false);
                var remote = (IPEndPoint)template.Create(sender);
                router.Receive(
                    buffer.AsSpan(0, length).ToArray(),
                    remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.OperationAborted)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionRefused
                or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.MessageSize)
            {
                // What became of a datagram that we have sent.
                continue;
            }
            catch (Exception exception)
            {
                listener.Tell(new Lost(exception), ActorRefs.NoSender);
                return;
            }

            if (received % DatagramsPerTurn == 0)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>To the listener: its socket receives nothing any more.</summary>
    public sealed record Lost(Exception Cause) : IDeadLetterSuppression;
}
