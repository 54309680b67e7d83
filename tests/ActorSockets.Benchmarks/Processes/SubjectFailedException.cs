namespace ActorSockets.Benchmarks.Processes;

/// <summary>A subject did not start, echoed something wrong, fell silent or died.</summary>
internal sealed class SubjectFailedException(string message) : Exception(message);
