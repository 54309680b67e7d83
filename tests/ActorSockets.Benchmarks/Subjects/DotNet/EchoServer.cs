namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>Starts a server in this process; it serves until the process ends.</summary>
/// <returns>The port that it listens on; 0 for a path.</returns>
internal delegate Task<int> EchoServer(ServeArguments arguments);
