namespace ActorSockets;

/// <summary>What an exception in user code does to the connection or datagram peer it happened on.</summary>
public enum OnFailure
{
    /// <summary>The connection closes after its output is flushed, with <see cref="CloseReason.HandlerFailed"/>.</summary>
    Close,

    /// <summary>A fresh handler goes on with the same socket; input that was not consumed is kept. Over the budget it becomes <see cref="Close"/>.</summary>
    Restart,

    /// <summary>The failing message is dropped and the handler goes on with its state. Over the budget it becomes <see cref="Close"/>.</summary>
    Resume,

    /// <summary>The whole server stops, and <see cref="SocketServer.Completion"/> faults with the exception.</summary>
    Escalate,
}
