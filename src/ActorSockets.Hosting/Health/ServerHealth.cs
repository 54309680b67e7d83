namespace ActorSockets.Hosting.Health;

/// <summary>What a health check looks at.</summary>
/// <param name="Name">The server's name.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Endpoints">Where it listens.</param>
/// <param name="Lost">Where it should listen and does not.</param>
/// <param name="Suspended">Where it takes nobody new, as somebody wants it so.</param>
/// <param name="Full">Where it takes nobody more.</param>
/// <param name="HandlerFailure">Why no handler can be made.</param>
/// <param name="Active">Live connections.</param>
/// <param name="Max">The most connections at a time.</param>
internal sealed record ServerHealth(
    string Name,
    ServerState State,
    IReadOnlyCollection<Endpoint> Endpoints,
    IReadOnlyCollection<Endpoint> Lost,
    IReadOnlyCollection<Endpoint> Suspended,
    IReadOnlyCollection<Endpoint> Full,
    Exception? HandlerFailure,
    int Active,
    int Max);
