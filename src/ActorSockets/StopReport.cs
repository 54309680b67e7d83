namespace ActorSockets;

/// <summary>How the connections ended that were active when a server was told to stop.</summary>
/// <param name="Drained">Connections and datagram peers whose handlers finished in time.</param>
/// <param name="Aborted">Connections and datagram peers that were cut at <c>drain-timeout</c>.</param>
public readonly record struct StopReport(int Drained, int Aborted);
