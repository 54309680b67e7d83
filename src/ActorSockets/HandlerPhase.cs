namespace ActorSockets;

/// <summary>Where in its life a handler failed; see <see cref="ErrorContext"/>.</summary>
public enum HandlerPhase
{
    /// <summary>While it was decided whether to serve at all.</summary>
    Verify,

    /// <summary>In the handler's constructor or factory.</summary>
    Create,

    /// <summary>In <see cref="StreamRequestHandler.SetupAsync"/>, <see cref="DatagramRequestHandler.SetupAsync"/> or <see cref="ConnectionActor.OnConnected"/>.</summary>
    Setup,

    /// <summary>While serving: in <c>HandleAsync</c>, in a delegate, or in an actor's turn.</summary>
    Handle,

    /// <summary>In <c>FinishAsync</c>.</summary>
    Finish,
}
