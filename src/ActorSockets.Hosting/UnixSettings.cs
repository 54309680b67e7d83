namespace ActorSockets.Hosting;

/// <summary><c>Unix</c> of a server: its Unix sockets. What is not set (null) is left as it is.</summary>
public sealed class UnixSettings
{
    /// <summary><see cref="SocketServerOptions.UnixMode"/>, octal, as in <c>"0660"</c>.</summary>
    public OctalMode? Mode { get; set; }

    /// <summary><see cref="SocketServerOptions.UnixAllowUids"/>.</summary>
    public IReadOnlyList<uint>? AllowUids { get; set; }

    /// <summary><see cref="SocketServerOptions.UnixAllowEverybody"/>.</summary>
    public bool? AllowEverybody { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.UnixMode = Mode?.Value ?? options.UnixMode;
        options.UnixAllowUids = AllowUids ?? options.UnixAllowUids;
        options.UnixAllowEverybody = AllowEverybody ?? options.UnixAllowEverybody;
    }
}
