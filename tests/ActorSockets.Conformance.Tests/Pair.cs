namespace ActorSockets.Conformance.Tests;

/// <summary>A case where it runs.</summary>
/// <param name="Case">The case's id.</param>
/// <param name="Subject">The subject's name.</param>
/// <param name="Endpoint">The kind of endpoint.</param>
/// <param name="Dispatcher">Where handlers run; <c>-</c> on a subject without dispatchers.</param>
/// <param name="Refused">The table of differences says that the case cannot run there.</param>
internal sealed record Pair(string Case, string Subject, string Endpoint, string Dispatcher, bool Refused);
