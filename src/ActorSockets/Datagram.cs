using ActorSockets.Connections;

namespace ActorSockets;

/// <summary>
/// One datagram and the way to answer it: <c>request</c> of a <c>socketserver.UDPServer</c>. It may be empty. It is there
/// until its handler is done with it: until <see cref="DatagramActor.OnReceived"/> returns, until the task of a request
/// handler or delegate is completed. Copy what is to be kept.
/// </summary>
public sealed class Datagram
{
    private WaitingDatagram _content;
    private byte[]? _buffer;
    private int _accounted = 1;

    /// <summary>None yet; see <see cref="Fill"/>.</summary>
    internal Datagram(DatagramPeer peer) => Peer = peer;

    /// <summary>
    /// The bytes, 0 to 65,507 of them, whole: a datagram is never truncated. The memory is used for another
    /// datagram as soon as the handler is done with this one.
    /// </summary>
    /// <exception cref="InvalidOperationException">The handler is done with it.</exception>
    public ReadOnlyMemory<byte> Data => _buffer is { } buffer
        ? new ReadOnlyMemory<byte>(buffer, 0, _content.Length)
        : throw new InvalidOperationException("the handler is done with this datagram; what is needed later must be copied before");

    /// <summary>Who sent it.</summary>
    public DatagramPeer Peer { get; }

    /// <summary>
    /// Sends one datagram back to the sender, from the endpoint that it came in by, as <see cref="DatagramPeer.Send"/> does. A datagram
    /// that cannot be sent (too long, unreachable, send buffer full) is counted, and harms neither the endpoint nor the handler.
    /// </summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <returns>Whether the kernel took it.</returns>
    public bool Reply(ReadOnlyMemory<byte> data) => Peer.Send(data);

    /// <summary>As <see cref="Reply"/>, for handlers that are written with <c>await</c>.</summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <returns>Whether the kernel took it.</returns>
    public ValueTask<bool> ReplyAsync(ReadOnlyMemory<byte> data) => ValueTask.FromResult(Peer.Send(data));

    /// <summary>It is this one from now on.</summary>
    internal void Fill(WaitingDatagram content)
    {
        (_content, _buffer) = (content, content.Buffer);
        Volatile.Write(ref _accounted, 0);
    }

    /// <summary>A handler has handled it.</summary>
    internal void Handled()
    {
        if (TryAccount())
        {
            _buffer = null;
            _content.Return();
            Peer.Context.Counters.DatagramHandled();
            _content.Request?.Complete(ServeOutcome.Handled);
        }
    }

    /// <summary>It was not handled, or not to the end.</summary>
    internal void Drop(DropReason reason)
    {
        if (TryAccount())
        {
            _buffer = null;
            Peer.Drop(_content, reason);
        }
    }

    /// <summary>Its peer has ended; user code that is under way may still look at the bytes.</summary>
    internal void Abandon()
    {
        if (TryAccount())
        {
            WaitingDatagram.CountAbandoned();
            Peer.CountDropped(_content.Request, DropReason.PeerClosed);
        }
    }

    private bool TryAccount() => Interlocked.Exchange(ref _accounted, 1) == 0;
}
