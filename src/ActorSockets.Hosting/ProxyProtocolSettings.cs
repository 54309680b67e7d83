namespace ActorSockets.Hosting;

/// <summary><c>ProxyProtocol</c> of a server: proxies in front. What is not set (null) is left as it is.</summary>
public sealed class ProxyProtocolSettings
{
    /// <summary><see cref="SocketServerOptions.ProxyProtocol"/>; without it, <see cref="Trusted"/> alone is enough.</summary>
    public bool? Enabled { get; set; }

    /// <summary><see cref="SocketServerOptions.ProxyProtocolTrusted"/>.</summary>
    public IReadOnlyList<string>? Trusted { get; set; }

    /// <summary><see cref="SocketServerOptions.ProxyProtocolHeaderTimeout"/>.</summary>
    public Duration? HeaderTimeout { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.ProxyProtocol = Enabled ?? options.ProxyProtocol;
        options.ProxyProtocolTrusted = Trusted ?? options.ProxyProtocolTrusted;
        options.ProxyProtocolHeaderTimeout = HeaderTimeout?.Value ?? options.ProxyProtocolHeaderTimeout;
    }
}
