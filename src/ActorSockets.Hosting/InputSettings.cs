namespace ActorSockets.Hosting;

/// <summary><c>Input</c> of a server: what is read ahead. What is not set (null) is left as it is.</summary>
public sealed class InputSettings
{
    /// <summary><see cref="SocketServerOptions.InputWindow"/>.</summary>
    public ByteSize? Window { get; set; }

    internal void ApplyTo(SocketServerOptions options) => options.InputWindow = Window?.Value ?? options.InputWindow;
}
