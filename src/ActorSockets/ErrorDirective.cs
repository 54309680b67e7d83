namespace ActorSockets;

/// <summary>What is done about a handler's exception: the answer of <c>OnErrorAsync</c>.</summary>
public enum ErrorDirective
{
    /// <summary>What the restart policy says, and one line in the log with the exception.</summary>
    ApplyPolicy,

    /// <summary>The connection or datagram peer closes after its output is flushed. The hook has dealt with the exception: the log has it at debug level only, as with all that follow.</summary>
    Close,

    /// <summary>The connection is reset, unsent output is dropped.</summary>
    Abort,

    /// <summary>A fresh handler goes on with the same socket and the input that was not consumed. Over the budget of the restart policy (10 within a minute where the policy is not to restart) it becomes <see cref="Close"/>.</summary>
    Restart,

    /// <summary>The whole server stops gracefully, within its <c>drain-timeout</c>; it has not failed. This connection closes.</summary>
    StopServer,
}
