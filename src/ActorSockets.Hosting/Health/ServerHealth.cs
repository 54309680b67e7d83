namespace ActorSockets.Hosting.Health;

/// <summary>What a health check looks at.</summary>
/// <param name="Name">The server's name.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Endpoints">Where it listens.</param>
/// <param name="Lost">Where it should listen and does not.</param>
/// <param name="Active">Live connections and datagram peers.</param>
/// <param name="Max">The most connections at a time.</param>
internal sealed record ServerHealth(
    string Name, ServerState State, IReadOnlyCollection<Endpoint> Endpoints, IReadOnlyCollection<Endpoint> Lost, long Active, int Max)
{
    /// <summary>True when one more connection would have to wait or be refused; datagram peers have a limit of their own.</summary>
    public bool IsFull => Active >= Max && Endpoints.Any(endpoint => !endpoint.IsDatagram);
}
