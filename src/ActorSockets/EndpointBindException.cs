namespace ActorSockets;

/// <summary>An endpoint could not be bound. Nothing of its server was started, and what had been bound is closed again.</summary>
public sealed class EndpointBindException : Exception
{
    /// <summary>Describes the failure in one line that names server, endpoint and cause.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="endpoint">The endpoint that could not be bound.</param>
    /// <param name="cause">What the operating system or the resolver said.</param>
    public EndpointBindException(string server, Endpoint endpoint, Exception cause)
        : base($"server '{server}' cannot bind {endpoint}: {cause.Message}", cause) =>
        (Server, Endpoint) = (server, endpoint);

    /// <summary>The server's name.</summary>
    public string Server { get; }

    /// <summary>The endpoint that could not be bound.</summary>
    public Endpoint Endpoint { get; }
}
