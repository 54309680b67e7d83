namespace ActorSockets.Configuration;

/// <summary>When a change of an option takes effect while the server runs.</summary>
internal enum TakesEffect
{
    /// <summary>For connections and datagrams that are there as well.</summary>
    AtOnce,

    /// <summary>For connections and datagram peers that come from then on.</summary>
    WithNewConnections,

    /// <summary>When the server is started next.</summary>
    AtNextStart,
}
