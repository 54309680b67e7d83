namespace ActorSockets.Fuzz;

/// <summary>A parser does not keep what it promises.</summary>
/// <param name="message">Which promise.</param>
internal sealed class BrokenPromiseException(string message) : Exception(message);
