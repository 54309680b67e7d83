using System.ComponentModel.DataAnnotations;

namespace ActorSockets.Hosting;

/// <summary><c>Datagram:Multicast</c> of a server: groups that its <c>udp:</c> endpoints join, and datagrams to groups. What is not set (null) is left as it is.</summary>
public sealed class MulticastSettings
{
    /// <summary><see cref="SocketServerOptions.MulticastGroups"/>.</summary>
    public IReadOnlyList<string>? Groups { get; set; }

    /// <summary><see cref="SocketServerOptions.MulticastInterface"/>.</summary>
    public string? Interface { get; set; }

    /// <summary><see cref="SocketServerOptions.MulticastTtl"/>.</summary>
    [Range(0, 255)]
    public int? Ttl { get; set; }

    /// <summary><see cref="SocketServerOptions.MulticastLoopback"/>.</summary>
    public bool? Loopback { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.MulticastGroups = Groups ?? options.MulticastGroups;
        options.MulticastInterface = Interface ?? options.MulticastInterface;
        options.MulticastTtl = Ttl ?? options.MulticastTtl;
        options.MulticastLoopback = Loopback ?? options.MulticastLoopback;
    }
}
