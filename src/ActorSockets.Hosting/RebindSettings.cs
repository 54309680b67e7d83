namespace ActorSockets.Hosting;

/// <summary><c>Rebind</c> of a server: how a lost endpoint is bound again. What is not set (null) is left as it is.</summary>
public sealed class RebindSettings
{
    /// <summary><see cref="SocketServerOptions.MinRebindBackoff"/>.</summary>
    public Duration? MinBackoff { get; set; }

    /// <summary><see cref="SocketServerOptions.MaxRebindBackoff"/>.</summary>
    public Duration? MaxBackoff { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.MinRebindBackoff = MinBackoff?.Value ?? options.MinRebindBackoff;
        options.MaxRebindBackoff = MaxBackoff?.Value ?? options.MaxRebindBackoff;
    }
}
