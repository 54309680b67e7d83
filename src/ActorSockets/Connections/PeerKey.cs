using System.Net;

namespace ActorSockets.Connections;

/// <summary>Who a datagram peer is: a remote address, and the address of ours that it asks.</summary>
/// <param name="Remote">As the kernel writes it; not changed once it is the key of a peer.</param>
/// <param name="Asked">Where the replies come from.</param>
internal readonly record struct PeerKey(SocketAddress Remote, LocalAddress Asked)
{
    // A Unix sender that is not bound has its family alone, or nothing.
    private const int FamilySize = 2;

    /// <summary>Whether it can be answered.</summary>
    public bool HasAddress => Remote.Size > FamilySize;

    private ReadOnlySpan<byte> RemoteBytes => Remote.Buffer.Span[..Remote.Size];

    // SocketAddress compares what the one before has left behind a shorter address as well.
    public bool Equals(PeerKey other) => Asked == other.Asked && RemoteBytes.SequenceEqual(other.RemoteBytes);

    public override int GetHashCode() => HashCode.Combine(Remote, Asked);

    /// <summary>The same with an address of its own, for the receiver writes the next one over this.</summary>
    public PeerKey Copy()
    {
        var remote = new SocketAddress(Remote.Family, Remote.Buffer.Length);
        Remote.Buffer.CopyTo(remote.Buffer);
        remote.Size = Remote.Size;
        return this with { Remote = remote };
    }
}
