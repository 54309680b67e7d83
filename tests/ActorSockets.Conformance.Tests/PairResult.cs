using System.Text.Json;

namespace ActorSockets.Conformance.Tests;

/// <summary>What came of a case on a subject: <c>pass</c>, <c>differs</c> and <c>refused</c> as the table lists it, or <c>fail</c>.</summary>
/// <param name="Status">One of these four words.</param>
/// <param name="Observed">What the steps have observed.</param>
/// <param name="Measured">What they have measured beside that.</param>
/// <param name="Problems">What is not as expected or listed.</param>
/// <param name="Reasons">The reasons that the table gives.</param>
/// <param name="Errors">What a subject that failed wrote to standard error.</param>
public sealed record PairResult(
    string Status, JsonElement Observed, JsonElement Measured, IReadOnlyList<string> Problems, IReadOnlyList<string> Reasons, string Errors);
