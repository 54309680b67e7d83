namespace ActorSockets.Conformance.Host.Callbacks;

internal sealed class EchoAll : JournaledCallbacks;
