namespace ActorSockets.Server.Tests.Plugin;

/// <summary>No handler yet.</summary>
public abstract class AbstractHandler : StreamRequestHandler;
