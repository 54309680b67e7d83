namespace ActorSockets.Server.Handlers;

/// <summary>A handler that a configuration can name.</summary>
/// <param name="Name">The name in the configuration.</param>
/// <param name="Description">One sentence for <c>handlers</c>.</param>
/// <param name="Stream">What serves connections, if anything does.</param>
/// <param name="Datagram">What serves datagrams, if anything does.</param>
internal sealed record HandlerDescription(string Name, string Description, Type? Stream, Type? Datagram)
{
    /// <summary>Why it must not serve datagrams, where there is more to say than that it does not.</summary>
    public string? WhyNoDatagrams { get; init; }

    /// <summary>What it serves, in words.</summary>
    public string Serves => (Stream, Datagram) switch
    {
        (not null, not null) => "tcp, udp",
        (not null, null) => "tcp",
        _ => "udp",
    };
}
