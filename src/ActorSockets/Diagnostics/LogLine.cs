namespace ActorSockets.Diagnostics;

/// <summary>Lines that clients can cause, as many as they like.</summary>
internal enum LogLine
{
    HandlerFailed,
    RestartStorm,
    ProtocolBroken,
    AbnormalEnd,
    OnErrorFailed,
    Refused,
    EntranceFailed,
}
