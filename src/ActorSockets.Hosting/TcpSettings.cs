namespace ActorSockets.Hosting;

/// <summary><c>Tcp</c> of a server: its TCP connections. What is not set (null) is left as it is.</summary>
public sealed class TcpSettings
{
    /// <summary><see cref="SocketServerOptions.KeepAlive"/>; <c>off</c>: never.</summary>
    public DurationOrOff? KeepAlive { get; set; }

    /// <summary><see cref="SocketServerOptions.KeepAliveInterval"/>.</summary>
    public Duration? KeepAliveInterval { get; set; }

    /// <summary><see cref="SocketServerOptions.KeepAliveCount"/>.</summary>
    public int? KeepAliveCount { get; set; }

    /// <summary><see cref="SocketServerOptions.UserTimeout"/>; <c>off</c>: as the kernel has it.</summary>
    public DurationOrOff? UserTimeout { get; set; }

    /// <summary><see cref="SocketServerOptions.SendBuffer"/>; <c>off</c>: as the kernel has it.</summary>
    public ByteSizeOrOff? SendBuffer { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.KeepAlive = KeepAlive is { } idle ? idle.Value : options.KeepAlive;
        options.KeepAliveInterval = KeepAliveInterval?.Value ?? options.KeepAliveInterval;
        options.KeepAliveCount = KeepAliveCount ?? options.KeepAliveCount;
        options.UserTimeout = UserTimeout is { } timeout ? timeout.Value : options.UserTimeout;
        options.SendBuffer = SendBuffer is { } size ? size.Value : options.SendBuffer;
    }
}
