using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using Akka.Actor;

namespace ActorSockets.Drivers.Native;

/// <summary>Receives the datagrams of one socket, and hands each to the router, until the socket is closed.</summary>
/// <param name="socket">The socket, bound.</param>
/// <param name="router">Takes the datagrams.</param>
/// <param name="longest">The longest that is handled.</param>
/// <param name="listener">Told when the socket is of no use any more.</param>
internal sealed class DatagramReceiver(Socket socket, DatagramRouter router, int longest, IActorRef listener)
{

    // Then others get their turn on the thread.
    private const int DatagramsPerTurn = 64;

    public void Start() => Task.Run(RunAsync);

    private async Task RunAsync()
    {
        // One byte more than is handled: a longer one is cut off there, and seen to be too long.
        var buffer = GC.AllocateUninitializedArray<byte>(longest + 1);
        var sender = new SocketAddress(socket.AddressFamily);
        var room = sender.Size;
        var template = socket.LocalEndPoint!;
        for (var received = 1; ; received++)
        {
            try
            {
                // A Unix sender's address has shortened it.
                sender.Size = room;
                var length = await socket.ReceiveFromAsync(buffer.AsMemory(), SocketFlags.None, sender).ConfigureAwait(false);
                router.Receive(buffer.AsSpan(0, length).ToArray(), Transport.Plain(template.Create(sender)));
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
                listener.Tell(new SocketListener.Lost(exception), ActorRefs.NoSender);
                return;
            }

            if (received % DatagramsPerTurn == 0)
            {
                await Task.Yield();
            }
        }
    }
}
