namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>What a subject is told, in any language: where it listens, what it does with a message, and its certificate.</summary>
/// <param name="Endpoint">As in ActorSockets; port 0 lets the kernel choose.</param>
/// <param name="Behaviour">What it does with a message.</param>
/// <param name="Certificate">PEM, for <c>tls:</c>.</param>
/// <param name="Key">PEM, for <c>tls:</c>.</param>
/// <param name="Options">What only this subject knows.</param>
internal sealed record ServeArguments(
    string Endpoint, Behaviour Behaviour, string Certificate, string Key, IReadOnlyDictionary<string, string> Options)
{
    public string Scheme => Endpoint[..Endpoint.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The path of a <c>unix:</c> endpoint.</summary>
    public string Path => Endpoint["unix:".Length..];
}
