using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting;

/// <summary><c>Datagram</c> of a server: datagrams and their peers. What is not set (null) is left as it is.</summary>
public sealed class DatagramSettings
{
    /// <summary><see cref="SocketServerOptions.MaxPeers"/>.</summary>
    [Range(1, 1_000_000)]
    public int? MaxPeers { get; set; }

    /// <summary><see cref="SocketServerOptions.PeerTimeout"/>.</summary>
    public Duration? PeerTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.DatagramQueue"/>.</summary>
    [Range(1, 65_536)]
    public int? Queue { get; set; }

    /// <summary><see cref="SocketServerOptions.DatagramBuffer"/>.</summary>
    public ByteSize? Buffer { get; set; }

    /// <summary><see cref="SocketServerOptions.MaxDatagramSize"/>.</summary>
    [Range(0, int.MaxValue)]
    public int? MaxSize { get; set; }

    /// <summary><see cref="SocketServerOptions.DatagramReply"/>.</summary>
    public DatagramReply? Reply { get; set; }

    /// <summary><see cref="SocketServerOptions.Broadcast"/>.</summary>
    public bool? Broadcast { get; set; }

    /// <summary>Groups, and datagrams to groups.</summary>
    [ValidateObjectMembers]
    public MulticastSettings? Multicast { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.MaxPeers = MaxPeers ?? options.MaxPeers;
        options.PeerTimeout = PeerTimeout?.Value ?? options.PeerTimeout;
        options.DatagramQueue = Queue ?? options.DatagramQueue;
        options.MaxDatagramSize = MaxSize ?? options.MaxDatagramSize;
        options.DatagramReply = Reply ?? options.DatagramReply;
        options.DatagramBuffer = Buffer?.Value ?? options.DatagramBuffer;
        options.Broadcast = Broadcast ?? options.Broadcast;
        Multicast?.ApplyTo(options);
    }
}
