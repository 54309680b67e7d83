namespace ActorSockets.Supervision;

/// <summary>No failure: the handler is done, and another one goes on with its connection. It takes the way of a restart.</summary>
internal sealed class HandlerSwitch() : Exception("another handler goes on with the connection");
