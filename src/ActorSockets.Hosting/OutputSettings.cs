namespace ActorSockets.Hosting;

/// <summary><c>Output</c> of a server: what waits to be sent. What is not set (null) is left as it is.</summary>
public sealed class OutputSettings
{
    /// <summary><see cref="SocketServerOptions.OutputHighWater"/>.</summary>
    public ByteSize? HighWater { get; set; }

    /// <summary><see cref="SocketServerOptions.OutputLowWater"/>.</summary>
    public ByteSize? LowWater { get; set; }

    internal void ApplyTo(SocketServerOptions options)
    {
        options.OutputHighWater = HighWater?.Value ?? options.OutputHighWater;
        options.OutputLowWater = LowWater?.Value ?? options.OutputLowWater;
    }
}
