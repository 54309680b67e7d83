namespace ActorSockets.Benchmarks.Subjects;

/// <summary>This machine does not have what a subject or a workload needs: it is left out, by name.</summary>
internal sealed class ToolchainMissingException(string message) : Exception(message);
