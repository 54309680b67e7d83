namespace ActorSockets.Supervision;

/// <summary>What a failure does, after hook, restart policy and budget have been asked.</summary>
internal enum FailureAction
{
    Close,
    Abort,
    Restart,
    Resume,
    Escalate,
    StopServer,
}
