namespace ActorSockets.Tests;

/// <summary>Tests that run while no other does: they count what the process has, or hold it up.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
