namespace ActorSockets;

/// <summary>What one fault costs, for the options in force (<see cref="SocketServerOptions.Explain"/>).</summary>
/// <param name="Fault">What goes wrong.</param>
/// <param name="Lost">What is lost by it, and nothing else.</param>
/// <param name="Told">Who is told, and how: the other side, the handler, the books (a reason of <see cref="ServerStatistics"/>), the log.</param>
/// <param name="Within">How long it takes at most.</param>
public sealed record FaultRow(string Fault, string Lost, string Told, string Within);
