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

    private readonly DatagramSource _source = DatagramSource.Of(socket, options);
    private readonly SocketAddress _sender = new(socket.AddressFamily);
    private readonly HashSet<DatagramPeer> _peers = [];

    public void Start() => Task.Run(RunAsync);

    public void Close()
    {
        _source.Leave();
        socket.Dispose();
        _source.Dispose();
    }

    private async Task RunAsync()
    {
        var sinceYield = 0;
        while (true)
        {
            try
            {
                var count = _source.TryReceive();
                if (count == 0)
                {
                    sinceYield = 0;
                    SignalPeers();
                    await _source.WaitAsync().ConfigureAwait(false);
                    continue;
                }

                for (var index = 0; index < count; index++)
                {
                    Deliver(index);
                }

                sinceYield += count;
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

            if (sinceYield + _source.Most > _datagramsPerTurn)
            {
                sinceYield = 0;
                SignalPeers();
                await Task.Yield();
            }
        }
    }

    private void Deliver(int index)
    {
        var data = _source.Read(index, _sender, out var asked);
        if (router.Receive(data, _sender, asked) is { } peer)
        {
            _peers.Add(peer);
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
