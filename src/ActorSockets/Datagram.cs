using ActorSockets.Servers;

namespace ActorSockets;

/// <summary>One datagram and the way to answer it: <c>request</c> of a <c>socketserver.UDPServer</c>. It may be empty.</summary>
public sealed class Datagram
{
    private readonly ServeRequest? _request;
    private int _accounted;

    internal Datagram(DatagramPeer peer, ReadOnlyMemory<byte> data, ServeRequest? request) => (Peer, Data, _request) = (peer, data, request);

    /// <summary>The bytes, 0 to 65,507 of them, whole: a datagram is never truncated. The memory is the receiver's to keep.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Who sent it.</summary>
    public DatagramPeer Peer { get; }

    /// <summary>
    /// Sends one datagram back to the sender, from the endpoint that it came in by. A datagram that cannot be sent (too
    /// long, unreachable, send buffer full) is counted, and harms neither the endpoint nor the handler.
    /// </summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <returns>Whether the kernel took it.</returns>
    public bool Reply(ReadOnlyMemory<byte> data) => Peer.Send(data);

    /// <summary>As <see cref="Reply"/>, for handlers that are written with <c>await</c>.</summary>
    /// <param name="data">The bytes; none makes an empty datagram.</param>
    /// <returns>Whether the kernel took it.</returns>
    public ValueTask<bool> ReplyAsync(ReadOnlyMemory<byte> data) => ValueTask.FromResult(Peer.Send(data));

    /// <summary>A handler has handled it.</summary>
    internal void Handled()
    {
        if (Interlocked.Exchange(ref _accounted, 1) != 0)
        {
            return;
        }

        Peer.Context.Counters.DatagramHandled();
        _request?.Complete(ServeOutcome.Handled);
    }

    /// <summary>It was not handled, or not to the end.</summary>
    internal void Drop(DropReason reason)
    {
        if (Interlocked.Exchange(ref _accounted, 1) != 0)
        {
            return;
        }

        Peer.Context.Counters.Dropped(reason);
        _request?.Complete(reason == DropReason.HandlerFailed ? ServeOutcome.Handled : ServeOutcome.Rejected);
    }
}
