namespace ActorSockets;

/// <summary>A handler's exception, for <c>OnErrorAsync</c> (<c>socketserver.BaseServer.handle_error</c>).</summary>
public sealed class ErrorContext
{
    internal ErrorContext(Exception exception, HandlerPhase phase, Peer peer) => (Exception, Phase, Peer) = (exception, phase, peer);

    /// <summary>What was thrown. Cancellations, and reads and writes of a connection that has ended, are no errors and do not come here.</summary>
    public Exception Exception { get; }

    /// <summary>Where it was thrown.</summary>
    public HandlerPhase Phase { get; }

    /// <summary>Whose handler failed: a <see cref="ActorSockets.Connection"/> or a <see cref="DatagramPeer"/>.</summary>
    public Peer Peer { get; }

    /// <summary>The connection, where it is one; else null.</summary>
    public Connection? Connection => Peer as Connection;
}
