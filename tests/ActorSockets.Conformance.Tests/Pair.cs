namespace ActorSockets.Conformance.Tests;

/// <summary>A case on a subject.</summary>
/// <param name="Case">The case's id.</param>
/// <param name="Subject">The subject's name.</param>
/// <param name="Refused">The table of differences says that the case cannot run there.</param>
internal sealed record Pair(string Case, string Subject, bool Refused);
