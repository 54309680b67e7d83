using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Dispatch;
using Akka.Actor;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// Receives the datagrams of one socket until it is closed: all that wait at a time, and then their peers are told. A datagram of a peer
/// that is known makes no garbage.
/// </summary>
/// <param name="socket">The socket, bound.</param>
/// <param name="router">Takes the datagrams.</param>
/// <param name="options">The server's.</param>
/// <param name="listener">Told when the socket is of no use any more.</param>
internal sealed class DatagramReceiver(Socket socket, DatagramRouter router, SocketServerOptions options, IActorRef listener)
{
    // Then others get their turn on the thread. No more than a peer's queue takes before it is told.
    private readonly int _datagramsPerTurn = Math.Min(64, options.DatagramQueue);

    // One byte more than is handled: a longer one is cut off there, and seen to be too long.
    private readonly Memory<byte> _buffer = GC.AllocateUninitializedArray<byte>(options.MaxDatagramSize + 1);
    private readonly SocketAddress _sender = new(socket.AddressFamily);
    private readonly bool _tellsAsked = PacketInformation.TryEnable(socket);
    private readonly HashSet<DatagramPeer> _peers = [];
    private LocalAddress _asked;

    public void Start() => Task.Run(RunAsync);

    private async Task RunAsync()
    {
        var room = _sender.Size;
        for (var received = 1; ; received++)
        {
            try
            {
                // A Unix sender's address has shortened it.
                _sender.Size = room;
                int length;
                if (!_tellsAsked)
                {
                    var receiving = socket.ReceiveFromAsync(_buffer, SocketFlags.None, _sender);
                    if (!receiving.IsCompletedSuccessfully)
                    {
                        SignalPeers();
                    }

                    length = await receiving.ConfigureAwait(false);
                }
                else if ((length = PacketInformation.TryReceive(socket, _buffer.Span, _sender, out _asked)) < 0)
                {
                    SignalPeers();

                    // Nothing of it: it waits until a datagram is there, and leaves it there.
                    await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
                    continue;
                }

                if (router.Receive(_buffer.Span[..length], _sender, _asked) is { } peer)
                {
                    _peers.Add(peer);
                }
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

            if (received % _datagramsPerTurn == 0)
            {
                SignalPeers();
                await Task.Yield();
            }
        }
    }

    /// <summary>Delivers what was received since the last time: tells each peer once that datagrams wait for it.</summary>
    private void SignalPeers()
    {
        if (options.UsesEventLoop)
        {
            Turn.Run(this, static receiver => receiver.SignalEach());
        }
        else
        {
            SignalEach();
        }
    }

    private void SignalEach()
    {
        foreach (var peer in _peers)
        {
            peer.Signal();
        }

        _peers.Clear();
    }
}
