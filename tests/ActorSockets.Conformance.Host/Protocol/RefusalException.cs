namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>The library, or this host, has no such thing; the message says what.</summary>
internal sealed class RefusalException(string message) : Exception(message);
